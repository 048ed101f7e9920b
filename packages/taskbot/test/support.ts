import { readFileSync } from 'node:fs';
import { ZonedDateTime } from '@js-joda/core';
import {
  type Compilation,
  compileBot,
  createRegistry,
  type ResolveBot,
  type RunHost,
  type RunOptions,
  type RunResult,
  readBot,
  type Target,
} from '../src/index.ts';
import { testDeclarations } from './declarations.ts';

export function testHost(more: Partial<RunHost> & { readonly logged?: string[] } = {}): RunHost {
  const { logged, ...rest } = more;
  return {
    run: {
      botName: 'Main',
      botPath: 'Bots/Main',
      runId: 'r1',
      controlRoom: 'http://room',
      userName: 'ada',
      deviceName: 'd1',
      workFolder: undefined,
    },
    log: (level, text) => void logged?.push(`${level}: ${text}`),
    now: () => ZonedDateTime.parse('2026-03-31T23:30:00Z'),
    ...rest,
  };
}

export const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

/* Short words for the parts of a document. */
export const str = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
export const num = (name: string, number: number) => ({ name, value: { type: 'NUMBER', number: String(number) } });
export const flag = (name: string, boolean: boolean) => ({ name, value: { type: 'BOOLEAN', boolean } });
export const exp = (name: string, expression: string, type = 'STRING') => ({ name, value: { type, expression } });
export const to = (variableName: string) => ({ returnTo: { type: 'VARIABLE', variableName } });
export const variable = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  input: true,
  output: true,
  ...more,
});
export const node = (command: string, attributes: readonly object[] = [], more: object = {}) => {
  const [packageName = '', ...rest] = command.split('.');
  return { uid: `u-${command}`, packageName, commandName: rest.join('.'), attributes, ...more };
};
export const set = (name: string, expression: string) =>
  node('Number.assignToNumber', [exp('input', expression, 'NUMBER')], to(name));
export const put = (name: string, expression: string) =>
  node('String.assign', [exp('sourceString', expression)], to(name));
export const note = (expression: string) => node('Test.note', [exp('text', expression)]);
export const is = (name: string, result: boolean, more: object = {}) => ({
  name: 'condition',
  value: { type: 'CONDITIONAL', packageName: 'Test', conditionalName: 'is' },
  attributes: [str('name', name), flag('result', result)],
  ...more,
});
export const compare = (variableName: string, operator: string, value: number) => ({
  name: 'condition',
  value: { type: 'CONDITIONAL', packageName: 'Number', conditionalName: 'numberVariable' },
  attributes: [exp('variable', `$${variableName}$`, 'NUMBER'), str('operator', operator), num('value', value)],
});
export const loopOver = (
  iterator: string,
  attributes: readonly object[],
  returnTo: object,
  children: readonly object[],
  more: object = {},
) => {
  const [packageName = '', ...rest] = iterator.split('.');
  const value = { type: 'ITERATOR', packageName, iteratorName: rest.join('.') };
  return node(
    'Loop.loop.commands.start',
    [str('loopType', 'ITERATOR'), { name: 'iterator', value, attributes, ...returnTo }],
    { children, ...more },
  );
};
export const times = (count: number, counter: string, children: readonly object[], more: object = {}) =>
  loopOver('Loop.loop.iterators.times', [num('times', count)], to(counter), children, more);
export const loopWhile = (condition: object, children: readonly object[], more: readonly object[] = []) =>
  node('Loop.loop.commands.start', [str('loopType', 'WHILE'), condition, ...more], { children });
export const tryWith = (children: readonly object[], ...branches: readonly object[]) =>
  node('ErrorHandler.try', [], { children, branches });
export const catchInto = (
  message: string,
  line: string,
  children: readonly object[],
  attributes: readonly object[] = [],
) => ({
  ...node('ErrorHandler.catch', attributes, { children }),
  returns: {
    errorMessage: { type: 'VARIABLE', variableName: message },
    errorLineNumber: { type: 'VARIABLE', variableName: line },
  },
});
export const breakLoop = node('Loop.loop.commands.break');
export const finallyDo = (children: readonly object[]) => node('ErrorHandler.finally', [], { children });
export const runTask = (
  path: string,
  inputs: Record<string, object>,
  more: object = {},
  attributes: readonly object[] = [],
) =>
  node(
    'TaskBot.runTask',
    [
      {
        name: 'taskbot',
        value: {
          type: 'TASKBOT',
          taskbotFile: path.includes('$') ? { type: 'FILE', expression: path } : { type: 'FILE', string: path },
          taskbotInput: {
            type: 'DICTIONARY',
            dictionary: Object.entries(inputs).map(([key, value]) => ({ key, value })),
          },
        },
      },
      ...attributes,
    ],
    more,
  );
export const botText = (variables: readonly object[], nodes: readonly object[]): string =>
  JSON.stringify({ nodes, variables });

export interface Setting extends Partial<RunOptions> {
  readonly bots?: Readonly<Record<string, string>>;
  readonly events?: string[];
  readonly target?: Target;
}

export function check(text: string, setting: Setting = {}): Promise<Compilation> {
  const resolveBot: ResolveBot = (path) => {
    const found = setting.bots?.[path];
    return found === undefined ? undefined : readBot(found);
  };
  return compileBot(readBot(text), {
    registry: createRegistry(testDeclarations(setting.events)),
    path: 'Bots/Main',
    resolveBot,
    ...(setting.target === undefined ? {} : { target: setting.target }),
  });
}

/** Compiles and runs; problems fail the test with their words. */
export async function run(text: string, setting: Setting = {}): Promise<RunResult> {
  const { bot, problems } = await check(text, setting);
  if (bot === undefined) throw new Error(problems.map((one) => `${one.line} ${one.code}: ${one.message}`).join('\n'));
  const { bots: _, events: __, target: ___, ...options } = setting;
  return bot.run({ host: testHost(), ...options });
}

export const output = async (
  variables: readonly object[],
  nodes: readonly object[],
  name: string,
  setting: Setting = {},
) => {
  const { outcome, error, outputs } = await run(botText(variables, nodes), setting);
  if (outcome !== 'completed') throw new Error(`${outcome}: line ${error?.line}: ${error?.message}`);
  return outputs.get(name);
};
