import { ZonedDateTime } from '@js-joda/core';
import { standardPackages } from '@signalbox/actions';
import { compileBot, createRegistry, type RunHost, readBot } from '@signalbox/taskbot';
import { type Contest, contests } from './interpreter-bots.ts';

/** What one bot took, beside the same work by hand. */
export interface InterpreterFigures {
  readonly name: string;
  readonly nodes: number;
  readonly seconds: number;
  readonly nodesPerSecond: number;
  /** The same in JavaScript. */
  readonly byHandSeconds: number;
}

const host: RunHost = {
  run: {
    botName: 'Main',
    botPath: 'Bots/Main',
    runId: '1',
    controlRoom: 'bench',
    userName: 'bench',
    deviceName: 'bench',
    workFolder: undefined,
  },
  log: () => undefined,
  now: () => ZonedDateTime.now(),
};

/** Runs each bot and its twin a few times and gives the best of each: the others had to share the core. */
export async function benchInterpreter(runs = 5): Promise<InterpreterFigures[]> {
  const all: InterpreterFigures[] = [];
  for (const contest of contests()) all.push(await measure(contest, runs));
  return all;
}

async function measure({ name, bots, inputs, byHand }: Contest, runs: number): Promise<InterpreterFigures> {
  const resolveBot = (path: string) => (bots[path] === undefined ? undefined : readBot(bots[path]));
  const { bot, problems } = await compileBot(readBot(bots['Bots/Main'] ?? ''), {
    registry: createRegistry(standardPackages),
    path: 'Bots/Main',
    target: 'anywhere',
    resolveBot,
  });
  if (bot === undefined) throw new Error(`${name}: ${problems[0]?.message}`);
  let [nodes, seconds, byHandSeconds] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    const { outputs, steps, error } = await bot.run({ host, inputs });
    seconds = Math.min(seconds, (performance.now() - began) / 1_000);
    nodes = steps;
    const beganByHand = performance.now();
    const expected = byHand();
    byHandSeconds = Math.min(byHandSeconds, (performance.now() - beganByHand) / 1_000);
    // The comparison also keeps the twin from being optimised away.
    if (outputs.get('result') !== expected) throw new Error(`${name}: ${error?.message ?? 'computed wrongly'}`);
  }
  return { name, nodes, seconds, nodesPerSecond: nodes / seconds, byHandSeconds };
}
