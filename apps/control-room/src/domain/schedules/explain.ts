import { SignalboxError } from '../../kernel/errors.ts';
import type { Identity } from '../identity/index.ts';
import type { Launches } from '../launches/index.ts';
import type { Explanation } from '../work/index.ts';
import { readPlan } from './calendar/index.ts';
import type { PastOccurrence } from './history.ts';
import type { Schedule, ScheduleRow } from './schedule.ts';
import { upcomingOf } from './upcoming.ts';

/** Why a schedule does not run at this moment, and when it is looked at next. */
export async function explainSchedule(
  { identity, launches }: { readonly identity: Identity; readonly launches: Launches },
  row: ScheduleRow,
  schedule: Schedule,
  last: PastOccurrence | undefined,
): Promise<Explanation> {
  const next = row.nextRunOn;
  if (row.status === 'DRAFT') return { reason: 'DRAFT', text: 'It is a draft: nobody has activated it.', next: null };
  if (last?.outcome === 'WAITING')
    return { reason: 'WAITING', text: `The run of ${last.scheduledFor} waits. ${last.why}`, next };
  if (row.status === 'INACTIVE') {
    const over = upcomingOf(readPlan(row.plan), row.calendars, row.decidedUntil).next().done === true;
    return over
      ? { reason: 'ENDED', text: `Its last time has passed. ${outcomeOf(last)}`, next: null }
      : { reason: 'INACTIVE', text: 'Somebody has deactivated it.', next: null };
  }
  const obstacle = await obstacleOf();
  if (obstacle !== undefined) return { reason: 'WOULD_BE_REFUSED', text: `It would be refused: ${obstacle}`, next };
  if (last && last.outcome !== 'FIRED') {
    return { reason: `LAST_${last.outcome}`, text: `${outcomeOf(last)} It is to run again at the next time.`, next };
  }
  return { reason: 'SCHEDULED', text: `It runs at its next time. ${outcomeOf(last)}`.trim(), next };

  async function obstacleOf(): Promise<string | undefined> {
    const owner = await identity.callerFor(row.createdBy);
    if (!owner) return 'the user in whose name it runs is disabled or deleted.';
    try {
      await launches.check(owner, schedule.launch);
      return undefined;
    } catch (cause) {
      if (cause instanceof SignalboxError) return cause.message;
      throw cause;
    }
  }
}

const SAID = {
  FIRED: 'ran',
  WAITING: 'waits',
  MISFIRED: 'was missed',
  EXCLUDED: 'was excluded',
  OVERLAPPED: 'was left out',
  REFUSED: 'was refused',
  CANCELLED: 'was given up',
} as const;

function outcomeOf(last: PastOccurrence | undefined): string {
  return last ? `The one of ${last.scheduledFor} ${SAID[last.outcome]}${last.why === '' ? '.' : `: ${last.why}`}` : '';
}
