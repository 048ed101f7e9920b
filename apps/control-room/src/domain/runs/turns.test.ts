import { describe, expect, it } from 'vitest';
import { orderOfParties, secondsToNextTurn, sliceSeconds } from './turns.ts';

const names = (parties: ReturnType<typeof orderOfParties<string>>) =>
  parties.map((party) => (party.kind === 'runs' ? 'runs' : party.automation));

describe('a pool in turns', () => {
  const scheme = { kind: 'ROUND_ROBIN', sliceSeconds: 300 } as const;

  it('gives each that wants devices its slice, one after the other', () => {
    const turns = [0, 299, 300, 600, 900].map((now) => names(orderOfParties(scheme, ['a', 'b'], now, 1)));
    expect(turns).toEqual([
      ['runs', 'a', 'b'],
      ['runs', 'a', 'b'],
      ['a', 'b', 'runs'],
      ['b', 'runs', 'a'],
      ['runs', 'a', 'b'],
    ]);
  });

  it('takes no account of deployments while none waits', () => {
    expect(names(orderOfParties(scheme, ['a', 'b'], 300, undefined))).toEqual(['b', 'a']);
    expect(orderOfParties(scheme, [], 300, undefined)).toEqual([]);
  });

  it('knows how long a slice still lasts', () => {
    expect(secondsToNextTurn(scheme, 310)).toBe(290);
    expect(sliceSeconds(5, 'MINUTES')).toBe(300);
    expect(sliceSeconds(0, 'whatever')).toBe(60);
  });
});

describe('a pool by priority', () => {
  const scheme = { kind: 'PRIORITY' } as const;

  it('puts deployments before queues, unless they are of low priority', () => {
    expect(names(orderOfParties(scheme, ['a', 'b'], 0, 2))).toEqual(['runs', 'a', 'b']);
    expect(names(orderOfParties(scheme, ['a', 'b'], 0, 1))).toEqual(['runs', 'a', 'b']);
    expect(names(orderOfParties(scheme, ['a', 'b'], 0, 0))).toEqual(['a', 'b', 'runs']);
    expect(secondsToNextTurn(scheme, 5)).toBe(Number.POSITIVE_INFINITY);
  });
});
