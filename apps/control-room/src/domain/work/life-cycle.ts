/**
 * The life of a work item (contract b §1.11), written once: the SQL's conditions, the checks, the reference page and the
 * model-based property test all read this table.
 */
export const ITEM_STATUSES = [
  'NEW',
  'READY_TO_RUN',
  'ACTIVE',
  'ON_HOLD',
  'COMPLETED',
  'FAILED',
  'DATA_ERROR',
  'UNKNOWN',
] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

export interface Transition {
  readonly name: string;
  readonly by: 'user' | 'system';
  readonly from: readonly ItemStatus[];
  readonly to: ItemStatus;
  /** Only when no runner holds a lease on the item. */
  readonly unleased?: true;
  readonly why: string;
}

export const TRANSITIONS = [
  { name: 'claim', by: 'system', from: ['NEW'], to: 'READY_TO_RUN', why: 'A runner took it.' },
  { name: 'start', by: 'system', from: ['READY_TO_RUN'], to: 'ACTIVE', why: 'The bot began.' },
  { name: 'succeed', by: 'system', from: ['READY_TO_RUN', 'ACTIVE'], to: 'COMPLETED', why: 'The bot ended well.' },
  {
    name: 'break',
    by: 'system',
    from: ['READY_TO_RUN', 'ACTIVE'],
    to: 'FAILED',
    why: 'The bot failed and no retry is left.',
  },
  {
    name: 'retry',
    by: 'system',
    from: ['READY_TO_RUN', 'ACTIVE'],
    to: 'NEW',
    why: 'The bot failed; it stands at the end of the queue again.',
  },
  {
    name: 'hand back',
    by: 'system',
    from: ['READY_TO_RUN', 'ACTIVE'],
    to: 'NEW',
    why: 'The runner stopped before it was done.',
  },
  { name: 'lose', by: 'system', from: ['ACTIVE'], to: 'UNKNOWN', why: 'The runner fell silent.' },
  {
    name: 'recover',
    by: 'system',
    from: ['READY_TO_RUN', 'ACTIVE'],
    to: 'NEW',
    why: 'The runner fell silent; another one may take it.',
  },
  { name: 'resume', by: 'system', from: ['ON_HOLD'], to: 'NEW', why: 'The time of its deferral has come.' },
  { name: 'hand on', by: 'system', from: ['ON_HOLD'], to: 'NEW', why: 'The item that it came out of has ended.' },
  { name: 'expire', by: 'system', from: ['NEW', 'ON_HOLD'], to: 'FAILED', why: "The queue's expiry has passed." },
  { name: 'defer', by: 'user', from: ['NEW', 'FAILED', 'DATA_ERROR'], to: 'ON_HOLD', why: 'Somebody put it aside.' },
  {
    name: 'rework',
    by: 'user',
    from: ['ON_HOLD', 'FAILED', 'UNKNOWN', 'DATA_ERROR'],
    to: 'NEW',
    why: 'Somebody put it back in line.',
  },
  {
    name: 'complete',
    by: 'user',
    from: ['NEW', 'ON_HOLD', 'FAILED', 'DATA_ERROR', 'UNKNOWN'],
    to: 'COMPLETED',
    why: 'Somebody settled it.',
  },
  { name: 'fail', by: 'user', from: ['NEW', 'ON_HOLD', 'UNKNOWN'], to: 'FAILED', why: 'Somebody gave it up.' },
  // The seed's update knows IN_PROGRESS: a caller that works items off itself takes one by hand and holds it without a lease.
  { name: 'take', by: 'user', from: ['NEW'], to: 'ACTIVE', why: 'A caller works it off itself.' },
  {
    name: 'finish',
    by: 'user',
    from: ['ACTIVE'],
    to: 'COMPLETED',
    unleased: true,
    why: 'The caller that took it is done.',
  },
  {
    name: 'give up',
    by: 'user',
    from: ['ACTIVE'],
    to: 'FAILED',
    unleased: true,
    why: 'The caller that took it failed.',
  },
  {
    name: 'put off',
    by: 'user',
    from: ['ACTIVE'],
    to: 'ON_HOLD',
    unleased: true,
    why: 'The caller that took it put it aside.',
  },
  {
    name: 'put back',
    by: 'user',
    from: ['ACTIVE'],
    to: 'NEW',
    unleased: true,
    why: 'The caller that took it put it back.',
  },
] as const satisfies readonly Transition[];

export type TransitionName = (typeof TRANSITIONS)[number]['name'];

/** A runner has it: nobody else changes or deletes it. */
export const HELD: readonly ItemStatus[] = ['READY_TO_RUN', 'ACTIVE'];

/** What a user may turn `from` into; undefined when that is not allowed. */
export function userTransition(from: ItemStatus, to: ItemStatus, leased: boolean): Transition | undefined {
  return (TRANSITIONS as readonly Transition[]).find(
    (one) => one.by === 'user' && one.to === to && one.from.includes(from) && !(one.unleased && leased),
  );
}

/** The SQL list of the statuses a transition starts from: `'READY_TO_RUN','ACTIVE'`. */
export function sourcesOf(name: TransitionName): string {
  const found = TRANSITIONS.find((one) => one.name === name);
  return (found?.from ?? []).map((status) => `'${status}'`).join(',');
}

/** Every spelling that the vendor's versions use (contract b §1.11). */
const ALIASES: Readonly<Record<string, ItemStatus>> = {
  NEW: 'NEW',
  READY_TO_RUN: 'READY_TO_RUN',
  QUEUED: 'READY_TO_RUN',
  STAGED: 'READY_TO_RUN',
  ACTIVE: 'ACTIVE',
  IN_PROGRESS: 'ACTIVE',
  PUSHED: 'ACTIVE',
  ON_HOLD: 'ON_HOLD',
  DEFERRED: 'ON_HOLD',
  PAUSED: 'ON_HOLD',
  COMPLETED: 'COMPLETED',
  COMPLETE: 'COMPLETED',
  SUCCESSFUL: 'COMPLETED',
  FAILED: 'FAILED',
  UNSUCCESSFUL: 'FAILED',
  DATA_ERROR: 'DATA_ERROR',
  ERROR: 'DATA_ERROR',
  UNKNOWN: 'UNKNOWN',
};

export const STATUS_SPELLINGS: readonly string[] = Object.keys(ALIASES);

export function readStatus(word: string): ItemStatus | undefined {
  return ALIASES[word.trim().toUpperCase().replaceAll(' ', '_')];
}
