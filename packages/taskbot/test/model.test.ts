import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RunControl } from '../src/index.ts';
import {
  botText,
  breakLoop,
  catchInto,
  finallyDo,
  flag,
  loopOver,
  node,
  note,
  num,
  run,
  str,
  tryWith,
  variable,
} from './support.ts';

/** A small language with the control flow of bots, whose meaning is written down twice: here, and as a bot. */
type Line =
  | { readonly kind: 'note' | 'fail'; readonly text: string }
  | { readonly kind: 'break' | 'continue' | 'stop' }
  | { readonly kind: 'step'; readonly body: readonly Line[] }
  | {
      readonly kind: 'if';
      readonly holds: boolean;
      readonly body: readonly Line[];
      readonly otherwise: readonly Line[];
    }
  | { readonly kind: 'loop'; readonly turns: number; readonly body: readonly Line[] }
  | {
      readonly kind: 'try';
      readonly body: readonly Line[];
      readonly caught: readonly Line[] | undefined;
      readonly last: readonly Line[] | undefined;
    };

const lines = fc.letrec<{ outside: readonly Line[]; inside: readonly Line[] }>((tie) => {
  const block = (place: 'outside' | 'inside', jumps: readonly ('break' | 'continue' | 'stop')[]) => {
    const inner = tie(place);
    const line: fc.Arbitrary<Line> = fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ kind: fc.constant('note' as const), text: fc.stringMatching(/^[a-z]$/) }),
      fc.record({ kind: fc.constant('fail' as const), text: fc.stringMatching(/^[A-Z]$/) }),
      fc.constantFrom(...jumps).map((kind) => ({ kind })),
      fc.record({ kind: fc.constant('step' as const), body: inner }),
      fc.record({ kind: fc.constant('if' as const), holds: fc.boolean(), body: inner, otherwise: inner }),
      fc.record({ kind: fc.constant('loop' as const), turns: fc.nat(3), body: tie('inside') }),
      fc.record({
        kind: fc.constant('try' as const),
        body: inner,
        caught: fc.option(inner, { nil: undefined }),
        last: fc.option(inner, { nil: undefined }),
      }),
    );
    return fc.array(line, { maxLength: 4 });
  };
  return { outside: block('outside', ['stop']), inside: block('inside', ['break', 'continue', 'stop']) };
}).outside;

type Ending = 'break' | 'continue' | 'stop' | undefined;

/** What a program means, in the plainest words JavaScript has. */
function meaning(program: readonly Line[], told: string[]): Ending {
  for (const line of program) {
    const ending = meaningOf(line, told);
    if (ending !== undefined) return ending;
  }
  return undefined;
}

function meaningOf(line: Line, told: string[]): Ending {
  switch (line.kind) {
    case 'note':
      told.push(line.text);
      return undefined;
    case 'fail':
      throw line.text;
    case 'step':
      return meaning(line.body, told);
    case 'if':
      return meaning(line.holds ? line.body : line.otherwise, told);
    case 'loop':
      for (let turn = 0; turn < line.turns; turn++) {
        const ending = meaning(line.body, told);
        if (ending === 'break') break;
        if (ending === 'stop') return ending;
      }
      return undefined;
    case 'try': {
      let ending: Ending;
      let fault: unknown;
      try {
        try {
          ending = meaning(line.body, told);
        } catch (error) {
          if (line.caught === undefined) throw error;
          ending = meaning(line.caught, told);
        }
      } catch (error) {
        fault = error;
      }
      const own = line.last === undefined ? undefined : meaning(line.last, told);
      if (own !== undefined) return own;
      if (fault !== undefined) throw fault;
      return ending;
    }
    default:
      return line.kind;
  }
}

/** The program as nodes; `waits` decides, place by place, whether the node answers at once or later. */
function nodesOf(program: readonly Line[], waits: () => boolean): object[] {
  const all = (inner: readonly Line[]) => nodesOf(inner, waits);
  return program.flatMap((line): object[] => {
    switch (line.kind) {
      case 'note':
        return waits() ? [node('Test.later'), note(line.text)] : [note(line.text)];
      case 'fail':
        return [node(waits() ? 'Test.failLater' : 'Test.fail', [str('message', line.text)])];
      case 'break':
        return [breakLoop];
      case 'continue':
        return [node('Loop.loop.commands.continue')];
      case 'stop':
        return [node('TaskBot.stopTask')];
      case 'step':
        return [node('Step.step', [], { children: all(line.body) })];
      case 'if': {
        const value = { type: 'CONDITIONAL', packageName: 'Quiet', conditionalName: waits() ? 'isLater' : 'is' };
        const condition = { name: 'condition', value, attributes: [flag('result', line.holds)] };
        const branches = [node('If.else', [], { children: all(line.otherwise) })];
        return [node('If.if', [condition], { children: all(line.body), branches })];
      }
      case 'loop':
        return [loopOver(waits() ? 'Quiet.rowsLater' : 'Quiet.rows', [num('count', line.turns)], {}, all(line.body))];
      case 'try': {
        const caught = line.caught === undefined ? [] : [catchInto('message', 'line', all(line.caught))];
        const last = line.last === undefined ? [] : [finallyDo(all(line.last))];
        return [tryWith(all(line.body), ...caught, ...last)];
      }
    }
    return [];
  });
}

it('means the same as the plain program, wherever its nodes answer at once and wherever later', async () => {
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (program, pattern) => {
      const told: string[] = [];
      let fault: unknown;
      try {
        meaning(program, told);
      } catch (error) {
        fault = error;
      }
      let place = 0;
      const nodes = nodesOf(program, () => pattern[place++ % pattern.length] === true);
      const events: string[] = [];
      const result = await run(botText([variable('message', 'STRING'), variable('line', 'NUMBER')], nodes), {
        events,
        control: new RunControl(),
      });
      expect(events).toEqual(told);
      expect(result.outcome).toBe(fault === undefined ? 'completed' : 'failed');
      expect(result.error?.message).toBe(fault);
    }),
    { numRuns: 400 },
  );
});
