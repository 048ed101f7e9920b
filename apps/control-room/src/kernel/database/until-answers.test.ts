import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { error } from '../errors.ts';
import { createLogger } from '../log.ts';
import { untilAnswers } from './until-answers.ts';

const log = createLogger('silent');

/** As the kernel refuses what PostgreSQL said with this code. */
function refusal(code: string): Error {
  const cause = Object.assign(new DatabaseError('the database system is starting up', 0, 'error'), { code });
  return error('unavailable', 'The database cannot be reached at the moment.', { cause });
}

describe('a start while the database starts', () => {
  it('waits until it answers', async () => {
    const answers = [refusal('57P03'), refusal('57P03'), undefined];
    await untilAnswers(async () => {
      const failure = answers.shift();
      if (failure) throw failure;
    }, log);
    expect(answers).toEqual([]);
  });

  it('does not wait for one that is not there, nor for ever', async () => {
    const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const ask = (failure: Error) => async () => {
      throw failure;
    };
    await expect(untilAnswers(ask(gone), log)).rejects.toBe(gone);
    let time = 0;
    const late = () => (time += 100_000);
    await expect(untilAnswers(ask(refusal('57P03')), log, late)).rejects.toThrow(/cannot be reached/);
  });
});
