import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMoment, anyPlan } from '../../../test-support/plans.ts';
import { writePlan } from './calendar/index.ts';
import { type Decision, decide } from './deciding.ts';
import type { MisfirePolicy } from './schedule.ts';
import { nextLook, upcomingOf } from './upcoming.ts';

const weekend = { name: 'weekends', dates: [], ranges: [], daysOfWeek: [6, 7] };
const calendars = fc.constantFrom([], [weekend]);
const steps = fc.array(fc.integer({ min: 1, max: 20 * 24 * 60 }), { minLength: 1, maxLength: 12 });
const END = { hours: 24 * 40 };

describe('what is decided of a schedule', () => {
  it('is what the forecast said, whenever somebody looks', () => {
    fc.assert(
      fc.property(anyPlan, calendars, anyMoment, steps, (plan, excluding, begin, minutes) => {
        const all: Decision[] = [];
        let row = {
          plan: JSON.parse(writePlan(plan)) as unknown,
          calendars: excluding,
          decidedUntil: begin,
          misfirePolicy: 'ALL' as MisfirePolicy,
        };
        const end = begin.add(END);
        let now = begin;
        for (const step of [...minutes, 40 * 24 * 60]) {
          const wanted = now.add({ minutes: step });
          now = Temporal.Instant.compare(wanted, end) < 0 ? wanted : end;
          for (;;) {
            const decided = decide(row, now);
            all.push(...decided.decisions);
            row = { ...row, decidedUntil: decided.until };
            if (decided.until.equals(now)) break;
          }
        }
        const forecast = [...upcomingOf(plan, excluding, begin, end)];
        expect(all.map(({ at, fire }) => `${at} ${fire}`)).toEqual(
          forecast.map(({ at, excluded }) => `${at} ${excluded === undefined}`),
        );
      }),
    );
  });

  it('runs one for all that were missed, the last of them, and names the others', () => {
    fc.assert(
      fc.property(anyPlan, calendars, anyMoment, (plan, excluding, begin) => {
        const now = begin.add(END);
        const row = {
          plan: JSON.parse(writePlan(plan)) as unknown,
          calendars: excluding,
          decidedUntil: begin,
          misfirePolicy: 'ONCE' as const,
        };
        const decisions: Decision[] = [];
        for (let until = begin; !until.equals(now); ) {
          const decided = decide({ ...row, decidedUntil: until }, now);
          decisions.push(...decided.decisions);
          until = decided.until;
        }
        const late = decisions.filter(({ at }) => at.until(now).total('seconds') > 60);
        const fired = decisions.filter(({ fire }) => fire);
        const runnable = decisions.filter((one) => one.fire || one.outcome === 'MISFIRED');
        expect(fired.length > 0).toBe(runnable.length > 0);
        if (runnable.length > 0) expect(fired.at(-1)?.at.toString()).toBe(runnable.at(-1)?.at.toString());
        expect(late.filter(({ fire }) => fire).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is looked at again no later than at its next run', () => {
    fc.assert(
      fc.property(anyPlan, calendars, anyMoment, (plan, excluding, after) => {
        const next = nextLook(plan, excluding, after);
        for (const { at, excluded } of upcomingOf(plan, excluding, after, after.add({ hours: 24 * 400 }))) {
          if (excluded !== undefined) continue;
          expect(next?.toString()).toBe(at.toString());
          return;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is not late because others are settled before it, only when nobody had noticed it', () => {
    const at = Temporal.Instant.from('2027-03-01T08:00:00Z');
    const row = {
      plan: {
        timeZone: 'UTC',
        startDate: '2027-03-01',
        endDate: null,
        startTime: '08:00',
        recurrence: { type: 'ONCE' },
        repeat: null,
      },
      calendars: [],
      decidedUntil: at.subtract({ minutes: 1 }),
      misfirePolicy: 'SKIP' as const,
    };
    const now = at.add({ minutes: 10 });
    expect(decide(row, now, at.add({ seconds: 1 })).decisions).toEqual([{ at, fire: true, late: false }]);
    expect(decide(row, now).decisions).toMatchObject([{ fire: false, outcome: 'MISFIRED' }]);
  });
});
