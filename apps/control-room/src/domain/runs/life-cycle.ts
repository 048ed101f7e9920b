/**
 * The life of a run (contract a §10.3), written once: the SQL's conditions, the checks, the reference page and the
 * model-based property test all read this table. The words are the wire's and are stored as they are said.
 */
export const RUN_STATUSES = [
  'QUEUED',
  'PENDING_EXECUTION',
  'DEPLOYED',
  'RUNNING',
  'RUN_PAUSED',
  'COMPLETED',
  'RUN_FAILED',
  'RUN_ABORTED',
  'RUN_TIMED_OUT',
  'DEPLOY_FAILED',
  'UNKNOWN',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface RunTransition {
  readonly name: string;
  /** `runner`: told by the runner that has it, under its version. */
  readonly by: 'user' | 'runner' | 'system';
  readonly from: readonly RunStatus[];
  readonly to: RunStatus;
  readonly why: string;
}

/** A runner has it. */
export const HELD_RUNS = ['DEPLOYED', 'RUNNING', 'RUN_PAUSED'] as const satisfies readonly RunStatus[];
/** It waits for a device. */
export const WAITING_RUNS = ['QUEUED', 'PENDING_EXECUTION'] as const satisfies readonly RunStatus[];

export const RUN_TRANSITIONS = [
  { name: 'wait', by: 'system', from: ['QUEUED'], to: 'PENDING_EXECUTION', why: 'Its device is busy.' },
  { name: 'requeue', by: 'system', from: ['PENDING_EXECUTION'], to: 'QUEUED', why: 'Its device is gone.' },
  { name: 'deploy', by: 'system', from: WAITING_RUNS, to: 'DEPLOYED', why: 'A device took it.' },
  { name: 'start', by: 'runner', from: ['DEPLOYED'], to: 'RUNNING', why: 'The bot began.' },
  { name: 'pause', by: 'runner', from: ['RUNNING'], to: 'RUN_PAUSED', why: 'The bot stands before its next line.' },
  { name: 'resume', by: 'runner', from: ['RUN_PAUSED'], to: 'RUNNING', why: 'The bot goes on.' },
  // A result also says that the bot began: the word of its beginning may have been lost with a connection.
  { name: 'complete', by: 'runner', from: HELD_RUNS, to: 'COMPLETED', why: 'The bot ended well.' },
  { name: 'fail', by: 'runner', from: HELD_RUNS, to: 'RUN_FAILED', why: 'The bot failed.' },
  { name: 'abort', by: 'runner', from: HELD_RUNS, to: 'RUN_ABORTED', why: 'The bot was stopped.' },
  { name: 'time out', by: 'runner', from: HELD_RUNS, to: 'RUN_TIMED_OUT', why: 'The time of the bot was up.' },
  { name: 'refuse', by: 'runner', from: ['DEPLOYED'], to: 'DEPLOY_FAILED', why: 'The device cannot run the bot.' },
  { name: 'hand back', by: 'runner', from: ['DEPLOYED'], to: 'QUEUED', why: 'The runner stopped before it began.' },
  {
    name: 'recover',
    by: 'system',
    from: ['DEPLOYED'],
    to: 'QUEUED',
    why: 'The device was lost before the bot began; it may be run elsewhere.',
  },
  {
    name: 'lose',
    by: 'system',
    from: ['RUNNING', 'RUN_PAUSED'],
    to: 'UNKNOWN',
    why: 'The device was lost while the bot ran; what it did is not known, and so it is not run again.',
  },
  { name: 'give up', by: 'system', from: WAITING_RUNS, to: 'DEPLOY_FAILED', why: 'The bot is no longer there.' },
  { name: 'cancel', by: 'user', from: WAITING_RUNS, to: 'RUN_ABORTED', why: 'Somebody stopped it before it began.' },
] as const satisfies readonly RunTransition[];

export type RunTransitionName = (typeof RUN_TRANSITIONS)[number]['name'];

/** The SQL list of the statuses a transition starts from: `'QUEUED','PENDING_EXECUTION'`. */
export function runSourcesOf(name: RunTransitionName): string {
  const found = RUN_TRANSITIONS.find((one) => one.name === name);
  return sqlList(found?.from ?? []);
}

export const sqlList = (statuses: readonly RunStatus[]): string => statuses.map((status) => `'${status}'`).join(',');

/** How a runner may say that a run ended. */
export const RUN_OUTCOMES = ['COMPLETED', 'RUN_FAILED', 'RUN_ABORTED', 'RUN_TIMED_OUT', 'DEPLOY_FAILED'] as const;
export type RunOutcomeStatus = (typeof RUN_OUTCOMES)[number];

/** Nothing leads out of these. UNKNOWN is one of them: somebody looks into it and puts it away. */
export function isFinal(status: RunStatus): boolean {
  return !RUN_TRANSITIONS.some(({ from }) => (from as readonly RunStatus[]).includes(status));
}

/** Words of the vendor for what is RUNNING here (contract a §10.3), and of its older page. */
const ALIASES: Readonly<Record<string, RunStatus>> = {
  STARTED: 'RUNNING',
  UPDATE: 'RUNNING',
  RUN_IN_PROGRESS: 'RUNNING',
  RUN_COMPLETED: 'COMPLETED',
  STOPPED: 'RUN_ABORTED',
};

export function readRunStatus(word: string): string {
  const upper = word.trim().toUpperCase();
  return ALIASES[upper] ?? upper;
}
