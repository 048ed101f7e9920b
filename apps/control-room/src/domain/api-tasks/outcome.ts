import type { RunOutcome } from '../bots/index.ts';
import type { RunStatus } from '../runs/index.ts';

/** What the record says of a run that has ended (contract a §10.3). */
export function statusOf(outcome: RunOutcome): RunStatus {
  if (outcome.kind === 'completed') return 'COMPLETED';
  if (outcome.kind === 'refused') return 'DEPLOY_FAILED';
  switch (outcome.reason) {
    case 'deadline':
      return 'RUN_TIMED_OUT';
    case 'stopped':
      return 'RUN_ABORTED';
    default:
      return 'RUN_FAILED';
  }
}
