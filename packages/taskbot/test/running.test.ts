import { describe, expect, it } from 'vitest';
import { action, compileBot, createRegistry, RunControl, readBot, StoreKey } from '../src/index.ts';
import { testDeclarations } from './declarations.ts';
import {
  botText,
  catchInto,
  compare,
  exp,
  finallyDo,
  loopWhile,
  node,
  note,
  put,
  run,
  runTask,
  set,
  str,
  testHost,
  times,
  to,
  tryWith,
  variable,
} from './support.ts';

const variables = [
  variable('n', 'NUMBER'),
  variable('s', 'STRING'),
  variable('a', 'SESSION', { output: false }),
  variable('msg', 'STRING'),
  variable('line', 'NUMBER'),
];
const endless = (children: readonly object[] = [set('n', '$n$+1')]) => loopWhile(compare('n', 'GTE', 0), children);
const spinning = botText(variables, [note('begin'), endless(), note('never')]);
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('stopping a run', () => {
  it('reaches a bot that spins without ever waiting, and tells where it was', async () => {
    const control = new RunControl();
    const running = run(spinning, { control });
    setTimeout(() => control.stop('Ada pressed stop'), 5);
    const { outcome, error, outputs } = await running;
    expect(outcome).toBe('stopped');
    expect(error).toMatchObject({ message: 'Ada pressed stop', reason: 'stopped', botPath: 'Bots/Main' });
    expect([2, 3]).toContain(error?.line);
    expect(outputs.size).toBe(0);
  });

  it('cannot be caught by the bot, whose finally does not run either', async () => {
    const events: string[] = [];
    const control = new RunControl();
    const running = run(
      botText(variables, [
        tryWith([endless()], catchInto('msg', 'line', [note('caught')]), finallyDo([note('finally')])),
        note('after'),
      ]),
      { control, events },
    );
    setTimeout(() => control.stop(), 5);
    expect((await running).outcome).toBe('stopped');
    expect(events).toEqual([]);
  });

  it('cannot be caught either when an action turns it into an error of its own', async () => {
    const events: string[] = [];
    const control = new RunControl();
    const sulking = action({
      package: 'Test',
      name: 'sulk',
      summary: 'Stops the run and complains.',
      runsOn: 'anywhere',
      since: '0.1.0',
      attributes: {},
      run: () => {
        control.stop();
        throw new Error('I was interrupted');
      },
    });
    const text = botText(variables, [tryWith([node('Test.sulk')], catchInto('msg', 'line', [note('caught')]))]);
    const registry = createRegistry([...testDeclarations(events), sulking]);
    const { bot } = await compileBot(readBot(text), { registry, path: 'Bots/Main' });
    expect((await bot?.run({ host: testHost(), control }))?.outcome).toBe('stopped');
    expect(events).toEqual([]);
  });

  it('leaves behind an action that does not listen', async () => {
    const events: string[] = [];
    const control = new RunControl();
    const running = run(botText(variables, [note('x'), node('Test.forever')]), { control, events });
    while (!events.includes('waiting')) await soon();
    control.stop();
    expect(await running).toMatchObject({ outcome: 'stopped', error: { line: 2 } });
  });

  it('comes as well from the signal of the host, also before the first node', async () => {
    const events: string[] = [];
    const { outcome, steps } = await run(botText([], [note('x')]), {
      host: testHost({ signal: AbortSignal.abort() }),
      events,
    });
    expect([outcome, events]).toEqual(['stopped', []]);
    expect(steps).toBeLessThanOrEqual(1);
  });

  it('in a sub-bot tells the sub-bot and its line', async () => {
    const control = new RunControl();
    const child = botText(variables, [note('x'), endless([set('n', '$n$+1')])]);
    const running = run(botText(variables, [runTask('repository:///Bots/Child', {})]), {
      control,
      bots: { 'Bots/Child': child },
    });
    setTimeout(() => control.stop(), 5);
    expect((await running).error).toMatchObject({ botPath: 'Bots/Child' });
  });
});

describe('limits', () => {
  it('end a run after its steps, no earlier and no later', async () => {
    const three = botText(variables, [note('1'), note('2'), note('3')]);
    expect((await run(three, { limits: { steps: 3 } })).outcome).toBe('completed');
    const events: string[] = [];
    const { outcome, error } = await run(three, { limits: { steps: 2 }, events });
    expect(outcome).toBe('failed');
    expect(error).toMatchObject({ message: 'The run used up its 2 steps', line: 3, reason: 'steps' });
    expect(events).toEqual(['1', '2']);
  });

  it('end an endless loop without a body', async () => {
    expect((await run(botText(variables, [endless([])]), { limits: { steps: 5_000 } })).error).toMatchObject({
      reason: 'steps',
      line: 1,
    });
  });

  it('end a spinning and a waiting run when its time is up', async () => {
    const deadline = Date.now() + 20;
    expect((await run(spinning, { limits: { deadline } })).error).toMatchObject({
      reason: 'deadline',
      message: 'The time of the run is up',
    });
    const waiting = await run(botText([], [node('Test.forever')]), { limits: { deadline: Date.now() + 20 } });
    expect(waiting).toMatchObject({ outcome: 'failed', error: { reason: 'deadline', line: 1 } });
  });

  it('count nodes: a turn of a loop is one', async () => {
    expect((await run(botText(variables, [times(10, 'n', [put('s', 'x')])]))).steps).toBe(1 + 10 * 2 + 1);
  });
});

describe('pausing a run', () => {
  it('holds it before its next node until it is resumed, and shows where it is', async () => {
    const events: string[] = [];
    const control = new RunControl();
    control.pause();
    const running = run(botText(variables, [note('a'), note('b')]), { control, events });
    await soon();
    expect(events).toEqual([]);
    expect(control.progress).toMatchObject({ botPath: 'Bots/Main', line: 1 });
    control.resume();
    expect((await running).outcome).toBe('completed');
    expect(events).toEqual(['a', 'b']);
  });

  it('by the bot itself waits for someone to resume it', async () => {
    const events: string[] = [];
    const control = new RunControl();
    const running = run(botText(variables, [note('a'), node('TaskBot.pauseTask'), note('b')]), { control, events });
    while (!control.paused) await soon();
    expect(events).toEqual(['a']);
    control.resume();
    expect((await running).outcome).toBe('completed');
    expect(events).toEqual(['a', 'b']);
  });

  it('is told when the bot stands still, and when it goes on', async () => {
    const told: boolean[] = [];
    const control = new RunControl((held) => told.push(held));
    const running = run(botText([], [node('TaskBot.pauseTask')]), { control });
    while (told.length === 0) await soon();
    expect([control.paused, told]).toEqual([true, [true]]);
    control.resume();
    expect((await running).outcome).toBe('completed');
    expect(told).toEqual([true, false]);
  });

  it('by the bot itself fails where nobody can resume it', async () => {
    expect((await run(botText([], [node('TaskBot.pauseTask')]))).error?.message).toContain('nobody can resume');
  });

  it('ends when the paused run is stopped', async () => {
    const control = new RunControl();
    const running = run(botText([], [node('TaskBot.pauseTask')]), { control });
    while (!control.paused) await soon();
    control.stop();
    expect((await running).outcome).toBe('stopped');
  });
});

describe('sessions', () => {
  const open = (name: string) => node('Test.open', [str('name', name)]);
  const openValue = (name: string, into: object) => node('Test.openValue', [str('name', name)], into);
  const kept = {
    returnTo: { type: 'SESSION', sessionName: { type: 'STRING', string: 'kept' }, sessionTarget: 'LOCAL' },
  };
  const use = (value: object) => node('Test.use', [{ name: 'session', value: { type: 'SESSION', ...value } }], to('s'));

  it.each([
    ['completes', [], 'completed'],
    ['fails', [node('Test.fail', [str('message', 'x')])], 'failed'],
    ['is stopped', [endless()], 'stopped'],
  ])('are closed when the run %s', async (_, ending, outcome) => {
    const events: string[] = [];
    const control = new RunControl();
    const running = run(botText(variables, [open('one'), openValue('two', to('a')), ...ending]), { events, control });
    if (outcome === 'stopped') setTimeout(() => control.stop(), 5);
    expect((await running).outcome).toBe(outcome);
    expect(events.sort()).toEqual(['closed one', 'closed two']);
  });

  it('are closed once, by the action or by the end of the run', async () => {
    const events: string[] = [];
    await run(botText(variables, [open('one'), node('Test.close', [str('name', 'ONE')]), note('closed before')]), {
      events,
    });
    expect(events).toEqual(['closed one', 'closed before']);
  });

  it('are closed once though they have both a name and a value', async () => {
    const events: string[] = [];
    await run(botText(variables, [openValue('x', kept)]), { events });
    expect(events).toEqual(['closed x']);
  });

  it('are found by their name or through their variable', async () => {
    const { outputs } = await run(
      botText(variables, [
        openValue('x', kept),
        openValue('y', to('a')),
        use({ sessionName: { type: 'STRING', string: 'kept' } }),
        put('msg', '$s$'),
        use({ expression: '$a$' }),
      ]),
    );
    expect([outputs.get('msg'), outputs.get('s')]).toEqual(['x', 'y']);
  });

  it('say their name when they are not open, or open twice', async () => {
    expect(
      (await run(botText(variables, [use({ sessionName: { type: 'STRING', string: 'gone' } })]))).error?.message,
    ).toContain('The Test session "gone" is not open.');
    expect((await run(botText(variables, [open('one'), open('One')]))).error).toMatchObject({
      line: 2,
      message: expect.stringContaining('The Test session "One" is already open.'),
    });
  });

  it('of a sub-bot are its own and end with it', async () => {
    const events: string[] = [];
    const bots = { 'Bots/Child': botText([], [open('Default')]) };
    const { outcome } = await run(
      botText([], [open('Default'), runTask('repository:///Bots/Child', {}), note('back')]),
      { bots, events },
    );
    expect([outcome, events]).toEqual(['completed', ['closed Default', 'back', 'closed Default']]);
  });
});

describe('one compiled bot', () => {
  it('runs many times at once without one run seeing another', async () => {
    const text = botText(variables, [
      times(50, 'line', [node('Test.later', [exp('value', '$n$+1', 'NUMBER')], to('n'))]),
    ]);
    const { bot } = await compileBot(readBot(text), {
      registry: createRegistry(testDeclarations()),
      path: 'Bots/Main',
    });
    const results = await Promise.all(
      [0, 1_000, 2_000].map((n) => bot?.run({ host: testHost(), inputs: new Map([['n', n]]) })),
    );
    expect(results.map((result) => result?.outputs.get('n'))).toEqual([50, 1_050, 2_050]);
  });

  it('fails the run, not the caller, for an input of the wrong type', async () => {
    const result = await run(botText(variables, []), { inputs: new Map([['n', 'many']]) });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { message: 'Expected a number, but got text "many"', line: 0, botPath: 'Bots/Main' },
    });
  });
});

describe('the store of a run', () => {
  const KEY = new StoreKey('counter', () => ({ count: 0 }));
  const counting = action({
    package: 'Count',
    name: 'up',
    summary: 'For tests.',
    runsOn: 'anywhere',
    since: '0.2.0',
    returns: 'NUMBER',
    attributes: {},
    run: (_input, host) => {
      const counter = host.store.of(KEY);
      counter.count += 1;
      return counter.count;
    },
  });
  const registry = createRegistry([...testDeclarations(), counting]);
  const up = node('Count.up', [], to('n'));
  const child = botText(variables, [up]);
  const main = botText(variables, [up, runTask('repository:///Bots/Child', {}), up]);

  it('is one for the bot and its sub-bots, and another for each run', async () => {
    const { bot } = await compileBot(readBot(main), {
      registry,
      path: 'Bots/Main',
      resolveBot: () => readBot(child),
    });
    const runs = [await bot?.run({ host: testHost() }), await bot?.run({ host: testHost() })];
    expect(runs.map((one) => one?.outputs.get('n'))).toEqual([3, 3]);
  });
});

describe('the sizes of values', () => {
  const grow = (expression: string) =>
    botText(variables, [put('s', 'x'), loopWhile(compare('n', 'GTE', 0), [put('s', expression)])]);

  it.each(['$s$$s$', '$s$ and more', 'before $s$', 'a$s$b$s$c'])('keep %s from growing without end', async (text) => {
    const { error } = await run(grow(text), { limits: { textLength: 1_000 } });
    expect(error).toMatchObject({ line: 3, reason: 'error' });
    expect(error?.message).toMatch(/^Expected a text of at most 1000 characters, but this one would have \d+\./);
  });

  it('keep a text that an action gives within the limit, also where no variable takes it', async () => {
    const long = node('Test.give', [str('value', 'x'.repeat(1_001))]);
    const into = { ...long, ...to('s') };
    for (const nodes of [[long], [into]]) {
      const { error } = await run(botText(variables, nodes), { limits: { textLength: 1_000 } });
      expect(error?.message).toContain('at most 1000 characters');
    }
  });

  it('keep a list from growing, however it grows', async () => {
    const list = variable('l', 'LIST', { subtype: 'STRING' });
    const add = node('List.addItem', [exp('sourceList', '$l$', 'LIST'), str('listItem', 'x')]);
    const { error, steps } = await run(botText([...variables, list], [loopWhile(compare('n', 'GTE', 0), [add])]), {
      limits: { itemCount: 100 },
    });
    expect(error?.message).toContain('at most 100 items');
    expect(steps).toBeLessThan(250);
  });

  it('end a bot whose values stand too deep in each other with an error of its own', async () => {
    const wrap = node(
      'Test.give',
      [{ name: 'value', value: { type: 'LIST', list: [{ type: 'LIST', expression: '$l$' }] } }],
      to('l'),
    );
    const { outcome, error } = await run(botText([...variables, variable('l', 'LIST')], [times(100_000, 'n', [wrap])]));
    expect(outcome).toBe('failed');
    expect(error?.message).toContain('at most 500 levels');
  });
});
