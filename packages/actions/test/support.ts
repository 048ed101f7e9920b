import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZonedDateTime } from '@js-joda/core';
import {
  BotError,
  BotRecord,
  type BotSession,
  BotTable,
  type BotValue,
  type Column,
  type Declaration,
  emptyOf,
  type Host,
  type RunFacts,
  Store,
  type ValueType,
} from '@signalbox/taskbot';
import { standardPackages } from '../src/index.ts';

/** The runs' folders of this process stand in one, which goes with it. */
const allFolders = mkdtempSync(join(tmpdir(), 'actions-'));
process.once('exit', () => rmSync(allFolders, { recursive: true, force: true }));

export interface TestHost extends Host {
  readonly lines: string[];
  readonly folder: string;
  readonly stop: () => void;
  /** As a run ends: closes what the run itself keeps. */
  readonly end: () => Promise<void>;
}

/** A host on real ground: a temporary folder, sessions in a map, the clock where the test puts it. */
export const testHost = (now = '2024-02-05T15:04:09.123+01:00', facts: Partial<RunFacts> = {}): TestHost => {
  const folder = mkdtempSync(join(allFolders, 'run-'));
  const lines: string[] = [];
  const open = new Map<string, BotSession>();
  const kept: BotSession[] = [];
  const controller = new AbortController();
  return {
    lines,
    folder,
    stop: () => controller.abort(),
    end: async () => {
      for (const session of kept) await session.close();
    },
    signal: controller.signal,
    run: {
      botName: 'Invoices',
      botPath: 'Bots/Invoices',
      runId: 'run-1',
      controlRoom: 'https://control.example',
      userName: 'ada',
      deviceName: 'device-7',
      workFolder: folder,
      ...facts,
    },
    log: (level, text) => lines.push(`${level} ${text}`),
    sessions: {
      open: (packageName, name, session) => {
        open.set(`${packageName}/${name}`, session);
      },
      get: (packageName, name) => {
        const session = open.get(`${packageName}/${name}`);
        if (!session) throw new BotError(`There is no open ${packageName} session "${name}".`);
        return session;
      },
      close: async (packageName, name) => {
        await open.get(`${packageName}/${name}`)?.close();
        open.delete(`${packageName}/${name}`);
      },
      keep: (session) => {
        kept.push(session);
      },
    },
    store: new Store(),
    now: () => ZonedDateTime.parse(now),
  };
};

export const removeFolder = (host: TestHost): void => rmSync(host.folder, { recursive: true, force: true });

type Input = Readonly<Record<string, BotValue | undefined | ReadonlyMap<string, BotValue>>>;

const declared = <K extends Declaration['kind']>(kind: K, path: string): Extract<Declaration, { kind: K }> => {
  const found = standardPackages.find(
    (d) => d.kind === kind && (`${d.package}.${d.name}` === path || `${d.package}:${d.name}` === path),
  );
  if (found?.kind !== kind) throw new Error(`no ${kind} ${path}`);
  // The line above compared the kind, which TypeScript cannot carry over to the generic.
  return found as Extract<Declaration, { kind: K }>;
};

/** As the interpreter does: an attribute that is not given arrives as its fallback, or as the empty value of its type. */
const filled = (
  attributes: Readonly<Record<string, { readonly type: ValueType; readonly fallback?: unknown }>>,
  input: Input,
) => {
  for (const name of Object.keys(input)) {
    if (!(name in attributes)) throw new Error(`the declaration has no attribute ${name}`);
  }
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, fallback }]) => [
      name,
      input[name] !== undefined ? input[name] : fallback !== undefined ? fallback : missing(type),
    ]),
  );
};

const missing = (type: ValueType): BotValue | undefined => {
  if (type === 'CREDENTIAL') return '';
  return ['LIST', 'DICTIONARY', 'RECORD', 'TABLE'].includes(type) ? emptyOf(type) : undefined;
};

export const act = (path: string, input: Input = {}, host: Host = testHost()) => {
  const action = declared('action', path);
  return action.run(filled(action.attributes, input), host);
};

export const check = (path: string, input: Input = {}, host: Host = testHost()) => {
  const condition = declared('condition', path);
  return condition.test(filled(condition.attributes, input), host);
};

/** The items one by one, for what a bot does between them. */
export const iterate = (path: string, input: Input = {}, host: Host = testHost()) => {
  const iterator = declared('iterator', path);
  return iterator.iterate(filled(iterator.attributes, input), host);
};

export const loop = async (path: string, input: Input = {}, host: Host = testHost()) =>
  Array.fromAsync(iterate(path, input, host));

export const apply = (path: string, subject: BotValue, argument?: BotValue, host: Host = testHost()) =>
  declared('function', path).apply(subject, argument, host);

export const read = (path: string, host: Host = testHost()) => declared('variable', path).read(host);

export const columns = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'STRING' }));
export const record = (names: string[], values: BotValue[]) => new BotRecord(columns(...names), values);
export const table = (names: string[], ...rows: BotValue[][]) => new BotTable(columns(...names), rows);
