import { action, attribute, BotError } from '@signalbox/taskbot';
import { pause } from '../support/wait-until.ts';

const MILLISECONDS = { MILLISECONDS: 1, SECONDS: 1000, MINUTES: 60_000 } as const;

/** Ends early when the run is stopped. */
export const delay = action({
  package: 'Delay',
  name: 'delay',
  summary: 'Waits for a time, or for a random time between two.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    delayType: attribute.choice(['REGULAR', 'RANDOM']),
    delayTime: attribute.number({ fallback: 0 }),
    from: attribute.number({ fallback: 0 }),
    to: attribute.number({ fallback: 0 }),
    timeUnit: attribute.choice(['MILLISECONDS', 'SECONDS', 'MINUTES']),
  },
  run: (input, host) => {
    const random = input.delayType === 'RANDOM';
    if (random && !(input.from <= input.to)) {
      throw new BotError(
        `Expected the shortest delay before the longest, but got ${input.from} and ${input.to}. Swap them.`,
      );
    }
    const time = random ? input.from + Math.random() * (input.to - input.from) : input.delayTime;
    if (!(time >= 0)) throw new BotError(`Expected a delay of 0 or more, but got ${time}.`);
    return time === 0 ? undefined : waited(time * MILLISECONDS[input.timeUnit]);

    async function waited(milliseconds: number): Promise<undefined> {
      await pause(milliseconds, host);
      return undefined;
    }
  },
});
