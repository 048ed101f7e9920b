import { action, attribute } from '@signalbox/taskbot';
import { connectionOf } from './connection.ts';

const common = { package: 'Database', runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });

export const begin = action({
  ...common,
  name: 'begin',
  alias: ['beginTransaction'],
  summary: 'Begins a transaction.',
  attributes: { session },
  run: async (input, host) => {
    await connectionOf(input.session, host).begin(host);
    return undefined;
  },
});

/** The vendor's "End database transaction" chooses between the two [inferred]. */
export const commit = action({
  ...common,
  name: 'commit',
  alias: ['end', 'endTransaction'],
  summary: 'Ends the transaction, keeping what was changed (or not, with ROLLBACK).',
  attributes: {
    session,
    endOption: attribute.choice(['COMMIT', 'ROLLBACK'], { alias: ['transactionOption', 'action'] }),
  },
  run: async (input, host) => {
    await connectionOf(input.session, host).end(input.endOption === 'COMMIT' ? 'commit' : 'rollback', host);
    return undefined;
  },
});

export const rollback = action({
  ...common,
  name: 'rollback',
  alias: ['rollbackTransaction'],
  summary: 'Ends the transaction and takes back what was changed.',
  attributes: { session },
  run: async (input, host) => {
    await connectionOf(input.session, host).end('rollback', host);
    return undefined;
  },
});
