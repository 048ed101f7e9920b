import {
  type Attributes,
  checkBot,
  compileBot,
  createRegistry,
  type Declaration,
  DocumentError,
  readBot,
  VALUE_TYPES,
} from '@signalbox/taskbot';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { standardPackages } from '../src/index.ts';

/*
 * Documents of every kind, through reader, checker and compiler: lines of the real catalogue with values right and wrong,
 * and the same with pieces replaced, cut or broken. Whatever comes, it is read or refused with the place, in bearable
 * time, and every problem names bot and line. Nothing is run: actions of devices delete files.
 */

const DOCUMENTS = Number(process.env.FUZZ_DOCUMENTS ?? 10_000);
/** Far above what any of them takes, far below a hang; two cores may be busy with other tests. */
const LONGEST_MS = 5_000;

const registry = createRegistry(standardPackages);
const of = <K extends Declaration['kind']>(kind: K) =>
  // The filter compared the kind.
  standardPackages.filter((one) => one.kind === kind) as Extract<Declaration, { kind: K }>[];

const NAMES = ['n', 's', 'b', 'l', 'd', 'r', 't', 'when', 'c', 'x', 'w', 'any', 'missing', '__proto__', 'N'];
const name = fc.constantFrom(...NAMES);
const type = fc.constantFrom<string>(...VALUE_TYPES, '', 'HOLOGRAM');
const functions = of('function');
const packageVariables = of('variable');

const reference = fc.oneof(
  name.map((one) => `$${one}$`),
  fc.tuple(name, fc.constantFrom(...functions)).map(([one, f]) => `$${one}.${f.package}:${f.name}$`),
  fc.tuple(name, fc.constantFrom(...functions), name).map(([one, f, a]) => `$${one}.${f.package}:${f.name}($${a}$)$`),
  fc.constantFrom(...packageVariables).map((v) => `$${v.package}:${v.name}$`),
  fc.tuple(name, fc.nat(3)).map(([one, at]) => `$${one}[${at}]$`),
  fc.tuple(name, name).map(([one, key]) => `$${one}{${key}}$`),
  name.map((one) => `$@${one}$`),
);
const expression = fc.oneof(
  reference,
  fc
    .array(fc.oneof(reference, fc.constantFrom('+', '*', '(', ')', '1', '0.5', ' text ', '$$', '$')), { maxLength: 5 })
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 12 }),
);

const odd = fc.oneof(
  { maxDepth: 2 },
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, '', 0, [], {}, '$', true),
);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({ type: fc.constant('STRING'), string: fc.string({ maxLength: 10 }) }),
    fc.record({ type, expression }),
    fc.record({ type: fc.constant('NUMBER'), number: fc.oneof(fc.integer().map(String), fc.string({ maxLength: 4 })) }),
    fc.record({ type: fc.constant('BOOLEAN'), boolean: fc.oneof(fc.boolean(), fc.constant('true')) }),
    fc.record({ type: fc.constant('VARIABLE'), variableName: name }),
    fc.record({ type: fc.constant('SESSION'), sessionName: tie('value') }),
    fc.record({
      type: fc.constant('CREDENTIAL'),
      credential: fc.record({ name, lockerName: name, attributeName: name }),
    }),
    fc.record({ type: fc.constant('LIST'), list: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({
      type: fc.constant('DICTIONARY'),
      dictionary: fc.array(fc.record({ key: name, value: tie('value') }), { maxLength: 3 }),
    }),
    fc.record({
      type: fc.constantFrom('TABLE', 'RECORD'),
      table: fc.record({
        schema: fc.array(fc.record({ name, type }), { maxLength: 2 }),
        rows: fc.array(fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }), { maxLength: 2 }),
      }),
      record: fc.record({
        schema: fc.array(fc.record({ name, type }), { maxLength: 2 }),
        values: fc.array(tie('value'), { maxLength: 3 }),
      }),
    }),
    fc.record(
      { type, string: odd, number: odd, boolean: odd, list: odd, dictionary: odd, window: odd },
      { requiredKeys: [] },
    ),
  ),
}));

const returnTo = fc.option(
  fc.oneof(
    fc.record({ type: fc.constant('VARIABLE'), variableName: name }),
    fc.record({
      type: fc.constant('DICTIONARY'),
      dictionary: fc.array(
        fc.record({ key: name, value: fc.record({ type: fc.constant('VARIABLE'), variableName: name }) }),
        { maxLength: 2 },
      ),
    }),
    fc.record({ type: fc.constant('SESSION'), sessionName: value, sessionTarget: fc.constantFrom('LOCAL', 'GLOBAL') }),
  ),
  { nil: undefined },
);

/** Some of the attributes a declaration has, with whatever value. */
const attributesOf = (attributes: Attributes) =>
  fc
    .tuple(
      ...Object.entries(attributes).map(([attributeName, { options }]) =>
        fc.option(
          fc
            .oneof(
              value,
              ...(options === undefined
                ? []
                : [fc.constantFrom(...options).map((string) => ({ type: 'STRING', string }))]),
            )
            .map((given) => ({ name: attributeName, value: given })),
          { nil: undefined },
        ),
      ),
    )
    .map((all) => all.filter((one) => one !== undefined));

/* One arbitrary a declaration, made once: making them anew for each document took most of the time. */
const actions = of('action').map((one) =>
  fc.record({
    uid: fc.constant('u'),
    packageName: fc.constant(one.package),
    commandName: fc.constant(one.name),
    attributes: attributesOf(one.attributes),
    returnTo,
  }),
);
const conditionsOf = of('condition').map((one) =>
  fc.record({
    name: fc.constant('condition'),
    value: fc.constant({ type: 'CONDITIONAL', packageName: one.package, conditionalName: one.name }),
    attributes: attributesOf(one.attributes),
  }),
);
const iteratorsOf = of('iterator').map((one) =>
  fc.record({
    name: fc.constant('iterator'),
    value: fc.constant({ type: 'ITERATOR', packageName: one.package, iteratorName: one.name }),
    attributes: attributesOf(one.attributes),
    returnTo,
  }),
);
const link = fc.oneof(...conditionsOf);
const condition = fc.oneof(
  link,
  fc
    .tuple(link, link, fc.constantFrom('AND', 'OR', 'NONE'))
    .map(([one, other, operator]) => ({ ...one, operatorAttribute: { ...other, operator } })),
  fc.tuple(link, link).map(([one, other]) => ({
    name: 'condition',
    groupAttribute: { ...one, operatorAttribute: { ...other, operator: 'OR' } },
  })),
);
const path = fc.constantFrom(
  'repository:///Bots/Main',
  'repository:///Bots/Child',
  'repository:///Bots/Broken',
  'repository:///Bots/None',
);

const { node } = fc.letrec<{ node: unknown; nodes: unknown[]; branch: unknown }>((tie) => ({
  nodes: fc.array(tie('node'), { maxLength: 3 }),
  branch: fc.record({
    packageName: fc.constantFrom('If', 'ErrorHandler'),
    commandName: fc.constantFrom('elseIf', 'else', 'catch', 'finally'),
    attributes: fc.array(condition, { maxLength: 1 }),
    returns: fc.record({ errorMessage: fc.record({ type: fc.constant('VARIABLE'), variableName: name }) }),
    children: tie('nodes'),
    disabled: fc.constantFrom(false, false, true),
  }),
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    ...[0, 1, 2].map(() => fc.oneof(...actions)),
    fc.record({
      packageName: fc.constantFrom('Window', 'Recorder', 'Nobody', 'TriggerLoop', ''),
      commandName: name,
      children: tie('nodes'),
    }),
    fc
      .constantFrom('loop.commands.break', 'loop.commands.continue')
      .map((commandName) => ({ packageName: 'Loop', commandName })),
    fc.record({
      packageName: fc.constant('If'),
      commandName: fc.constant('if'),
      attributes: fc.array(condition, { maxLength: 1 }),
      children: tie('nodes'),
      branches: fc.array(tie('branch'), { maxLength: 2 }),
    }),
    fc.record({
      packageName: fc.constant('ErrorHandler'),
      commandName: fc.constant('try'),
      children: tie('nodes'),
      branches: fc.array(tie('branch'), { maxLength: 2 }),
    }),
    fc.record({
      packageName: fc.constant('Loop'),
      commandName: fc.constant('loop.commands.start'),
      anchor: name,
      attributes: fc.array(fc.oneof(condition, ...iteratorsOf), { maxLength: 2 }),
      children: tie('nodes'),
    }),
    fc.record({
      packageName: fc.constant('TaskBot'),
      commandName: fc.constant('runTask'),
      attributes: fc.tuple(path, value, value).map(([string, taskbotInput, taskbotOutput]) => [
        {
          name: 'taskbot',
          value: { type: 'TASKBOT', taskbotFile: { type: 'FILE', string }, taskbotInput, taskbotOutput },
        },
      ]),
      returnTo,
    }),
    fc.record({ packageName: fc.string({ maxLength: 5 }), commandName: odd, attributes: odd, children: odd }),
  ),
}));

const variable = fc.record(
  {
    name,
    type,
    input: fc.boolean(),
    output: fc.boolean(),
    readOnly: fc.boolean(),
    subtype: type,
    defaultValue: value,
    schema: odd,
  },
  { requiredKeys: ['name', 'type'] },
);
const bot = fc
  .record({ nodes: fc.array(node, { maxLength: 6 }), variables: fc.array(variable, { maxLength: 6 }) })
  .map((one) => JSON.stringify(one));

/** A document whole, or with a piece of its text cut out, doubled, exchanged, or nested a long way. */
const text = fc.oneof(
  { weight: 6, arbitrary: bot },
  { weight: 1, arbitrary: fc.tuple(bot, fc.nat()).map(([one, at]) => one.slice(0, at % one.length)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(bot, fc.nat(), fc.nat(40))
      .map(([one, at, size]) => one.slice(0, at % one.length) + one.slice((at % one.length) + size)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(bot, fc.nat(), fc.string({ maxLength: 3 }))
      .map(([one, at, inserted]) => one.slice(0, at % one.length) + inserted + one.slice(at % one.length)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(bot, fc.nat(20), odd)
      .map(([one, which, replaced]) => replaceNth(one, which, JSON.stringify(replaced))),
  },
  { weight: 1, arbitrary: fc.tuple(fc.nat(3_000), node).map(([depth, one]) => nest(depth, JSON.stringify(one))) },
  { weight: 1, arbitrary: fc.oneof(fc.string(), fc.json()) },
);

/** Puts other JSON in the place of the n-th simple value, so that the text stays JSON and the type becomes wrong. */
function replaceNth(source: string, which: number, replacement: string): string {
  let seen = 0;
  return source.replaceAll(/(?<=:)(?:"[^"\\]*"|true|false|\[\]|null)/g, (found) =>
    seen++ === which ? replacement : found,
  );
}

function nest(depth: number, inside: string): string {
  const open = '{"packageName":"Step","commandName":"step","children":[';
  return `{"variables":[],"nodes":[${open.repeat(depth)}${inside}${']}'.repeat(depth)}]}`;
}

const children: Readonly<Record<string, string>> = {
  'Bots/Child': JSON.stringify({ nodes: [], variables: [{ name: 'n', type: 'NUMBER', input: true, output: true }] }),
  'Bots/Broken': '{"nodes": [}',
};

it(`${DOCUMENTS} generated documents are read, checked and compiled, or refused with the place`, async () => {
  const seen = { refused: 0, wrong: 0, runnable: 0 };
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('anywhere' as const, 'device' as const), async (source, target) => {
      const began = performance.now();
      const resolveBot = (wanted: string) => {
        const child = wanted === 'Bots/Main' ? source : children[wanted];
        return child === undefined ? undefined : readBot(child);
      };
      const options = { registry, path: 'Bots/Main', target, resolveBot };
      let document: ReturnType<typeof readBot>;
      try {
        document = readBot(source);
      } catch (error) {
        seen.refused++;
        if (!(error instanceof DocumentError)) throw error;
        expect(error.message).toMatch(
          /^Not a bot document: at (?:offset \d+|the top|[\w"'[\].]+) expected .+, found .+$/s,
        );
        return;
      }
      const { bot: compiled, problems, warnings } = await compileBot(document, options);
      for (const problem of [...problems, ...warnings]) {
        expect(['Bots/Main', ...Object.keys(children)]).toContain(problem.botPath);
        expect(Number.isInteger(problem.line) && problem.line >= 0 && problem.line <= document.lines).toBe(true);
        expect(problem.message.length).toBeGreaterThan(10);
      }
      expect(compiled === undefined).toBe(problems.length > 0);
      expect(await checkBot(source, options)).toHaveLength(problems.length + warnings.length);
      if (compiled === undefined) seen.wrong++;
      else seen.runnable++;
      expect(performance.now() - began).toBeLessThan(LONGEST_MS);
    }),
    { numRuns: DOCUMENTS },
  );
  // Of each kind enough that the generator is seen to try all three.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(DOCUMENTS / 100);
}, 300_000);
