import { ZonedDateTime } from '@js-joda/core';
import { action, attribute, compileBot, condition, createRegistry, type RunHost, readBot } from '@signalbox/taskbot';

/** What one measurement of the interpreter gives. */
export interface InterpreterFigures {
  readonly nodesPerSecond: number;
  readonly nodes: number;
  readonly seconds: number;
}

const TURNS = 1_000_000;

/* The two actions and the condition the bot needs, as small as they can be: what is measured is the interpreter. */
const declarations = [
  action({
    package: 'Number',
    name: 'assignToNumber',
    summary: 'Gives its number.',
    runsOn: 'anywhere',
    since: '0.1.0',
    returns: 'NUMBER',
    attributes: { input: attribute.number({ required: true }) },
    run: ({ input }) => input ?? 0,
  }),
  action({
    package: 'Number',
    name: 'increment',
    summary: 'Gives its number and a bit more.',
    runsOn: 'anywhere',
    since: '0.1.0',
    returns: 'NUMBER',
    attributes: { source: attribute.number({ required: true }), by: attribute.number({ fallback: 1 }) },
    run: ({ source, by }) => (source ?? 0) + by,
  }),
  condition({
    package: 'Number',
    name: 'numberVariable',
    summary: 'Compares two numbers.',
    runsOn: 'anywhere',
    since: '0.1.0',
    attributes: {
      variable: attribute.number({ required: true }),
      operator: attribute.choice(['EQ', 'NEQ', 'GT', 'GTE', 'LT', 'LTE']),
      value: attribute.number({ required: true }),
    },
    test: ({ variable = 0, operator, value = 0 }) => {
      switch (operator) {
        case 'EQ':
          return variable === value;
        case 'NEQ':
          return variable !== value;
        case 'GT':
          return variable > value;
        case 'GTE':
          return variable >= value;
        case 'LT':
          return variable < value;
        case 'LTE':
          return variable <= value;
      }
    },
  }),
];

const host: RunHost = {
  run: {
    botName: 'Counting',
    botPath: 'Bots/Counting',
    runId: '1',
    controlRoom: 'bench',
    userName: 'bench',
    deviceName: 'bench',
    workFolder: undefined,
  },
  log: () => undefined,
  now: () => ZonedDateTime.now(),
};

/** A million turns, in each an addition, an If that holds, and the addition inside it: four nodes a turn. */
function countingBot(): string {
  const text = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
  const number = (name: string, expression: string) => ({ name, value: { type: 'NUMBER', expression } });
  const variable = (name: string) => ({ name, type: 'NUMBER', input: false, output: true });
  const into = (variableName: string) => ({ type: 'VARIABLE', variableName });
  return JSON.stringify({
    variables: [variable('n'), variable('hits')],
    nodes: [
      {
        uid: '1',
        packageName: 'Loop',
        commandName: 'loop.commands.start',
        attributes: [
          text('loopType', 'ITERATOR'),
          {
            name: 'iterator',
            value: { type: 'ITERATOR', packageName: 'Loop', iteratorName: 'loop.iterators.times' },
            attributes: [{ name: 'times', value: { type: 'NUMBER', number: String(TURNS) } }],
          },
        ],
        children: [
          {
            uid: '2',
            packageName: 'Number',
            commandName: 'assignToNumber',
            attributes: [number('input', '$n$+1')],
            returnTo: into('n'),
          },
          {
            uid: '3',
            packageName: 'If',
            commandName: 'if',
            attributes: [
              {
                name: 'condition',
                value: { type: 'CONDITIONAL', packageName: 'Number', conditionalName: 'numberVariable' },
                attributes: [
                  number('variable', '$n$'),
                  text('operator', 'GT'),
                  { name: 'value', value: { type: 'NUMBER', number: '0' } },
                ],
              },
            ],
            children: [
              {
                uid: '4',
                packageName: 'Number',
                commandName: 'increment',
                attributes: [number('source', '$hits$'), { name: 'by', value: { type: 'NUMBER', number: '1' } }],
                returnTo: into('hits'),
              },
            ],
            branches: [],
          },
        ],
      },
    ],
  });
}

/** Runs the counting bot a few times and gives the best: the others had to share the core. */
export async function benchInterpreter(runs = 5): Promise<InterpreterFigures> {
  const { bot, problems } = await compileBot(readBot(countingBot()), {
    registry: createRegistry(declarations),
    path: 'Bots/Counting',
    target: 'anywhere',
  });
  if (bot === undefined) throw new Error(problems[0]?.message);
  let best: InterpreterFigures = { nodesPerSecond: 0, nodes: 0, seconds: 0 };
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    const { outcome, outputs, steps, error } = await bot.run({ host });
    const seconds = (performance.now() - began) / 1_000;
    if (outcome !== 'completed' || outputs.get('hits') !== TURNS) throw new Error(error?.message ?? 'Counted wrongly');
    if (steps / seconds > best.nodesPerSecond) best = { nodesPerSecond: steps / seconds, nodes: steps, seconds };
  }
  return best;
}
