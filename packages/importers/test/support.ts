import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';
import { afterEach, beforeEach } from 'vitest';

export type Entry = readonly [name: string, content: string | Uint8Array, options?: ZipWriterAddDataOptions];

/** A folder of the test's own, gone after it. */
export function testFolder(): { at(name: string): string; write(name: string, content: string | Uint8Array): string } {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'importers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  return {
    at,
    write: (name, content) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
  };
}

/** An archive with whatever names a stranger likes. */
export async function zipOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content, options] of entries) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await writer.add(name, new Uint8ArrayReader(bytes), options);
  }
  return writer.close();
}

interface Parts {
  readonly nodes?: readonly object[];
  readonly variables?: readonly object[];
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
}

export const botText = ({ nodes = [], variables = [], packages = [] }: Parts = {}): string =>
  JSON.stringify({ triggers: [], nodes, variables, packages, properties: {} });

let uid = 0;

/** A node with attributes given as typed values. */
export const node = (command: string, attributes: Readonly<Record<string, object>> = {}, more: object = {}): object => {
  const [packageName, ...commandName] = command.split('.');
  uid += 1;
  return {
    uid: String(uid),
    packageName,
    commandName: commandName.join('.'),
    disabled: false,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    ...more,
  };
};

export const text = (string: string): object => ({ type: 'STRING', string });
export const expression = (value: string, type = 'STRING'): object => ({ type, expression: value });
export const into = (variableName: string): object => ({ returnTo: { type: 'VARIABLE', variableName } });

export const callOf = (path: string): object =>
  node('TaskBot.runTask', {
    taskbot: { type: 'TASKBOT', taskbotFile: { type: 'FILE', string: `repository:///${encodeURI(path)}` } },
  });
