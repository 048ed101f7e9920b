import { error } from '../../kernel/errors.ts';
import type { Caller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import { isFinal, RUN_STATUSES, type RunStatus } from '../runs/index.ts';
import type { Scheduling } from '../schedules/index.ts';
import type { Work } from '../work/index.ts';

export const TRIGGER_KINDS = ['QUEUE_DEPTH', 'WEBHOOK', 'FILE_SAVED', 'SCHEDULE_END', 'RUN_END'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** What a run, or all runs of a deployment together, can have come to. */
export const END_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter(isFinal);

/** So many items wait in a queue. It acts once, and again only after the queue was emptier. */
export interface QueueDepth {
  readonly kind: 'QUEUE_DEPTH';
  readonly queueId: number;
  readonly atLeast: number;
  /** Fewer than this must have waited before it acts again. */
  readonly rearmBelow: number;
  /** And so long must have passed. */
  readonly pauseSeconds: number;
}

/** Somebody outside calls, and signs what he says. */
export interface Webhook {
  readonly kind: 'WEBHOOK';
}

/** A file of the public workspace is saved with a content. */
export interface FileSaved {
  readonly kind: 'FILE_SAVED';
  readonly folderId: number;
  readonly includeSubfolders: boolean;
  /** With * and ?; without regard to letter case. */
  readonly namePattern: string;
}

/** All runs of a deployment of a schedule are over. */
export interface ScheduleEnd {
  readonly kind: 'SCHEDULE_END';
  readonly scheduleId: number;
  /** Empty: any. */
  readonly statuses: readonly RunStatus[];
}

/** A run that the owner sees is over. Calls of API Tasks in real time do not count: they are answered, not followed. */
export interface RunEnd {
  readonly kind: 'RUN_END';
  /** Of this bot; null: of any. */
  readonly fileId: number | null;
  readonly statuses: readonly RunStatus[];
}

export type TriggerSettings = QueueDepth | Webhook | FileSaved | ScheduleEnd | RunEnd;

/** What people say of any kind; each takes what it needs. */
export interface SaidSettings {
  readonly queueId?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly rearmBelow?: number | undefined;
  readonly pauseSeconds?: number | undefined;
  readonly folderId?: number | undefined;
  readonly includeSubfolders?: boolean | undefined;
  readonly namePattern?: string | undefined;
  readonly scheduleId?: number | undefined;
  readonly fileId?: number | undefined;
  readonly statuses?: readonly string[] | undefined;
}

export interface Watched {
  readonly work: Work;
  readonly repository: Repository;
  readonly schedules: Scheduling;
}

/** @throws invalid with the field that is missing or cannot be */
export function readSettings(kind: TriggerKind, said: SaidSettings): TriggerSettings {
  switch (kind) {
    case 'QUEUE_DEPTH': {
      const { queueId, atLeast = 1, rearmBelow = atLeast, pauseSeconds = 0 } = said;
      if (rearmBelow > atLeast) {
        throw error('invalid', `rearmBelow is ${rearmBelow}.`, {
          details: `expected at most atLeast, which is ${atLeast}`,
        });
      }
      return { kind, queueId: needed(queueId, 'queueId'), atLeast, rearmBelow, pauseSeconds };
    }
    case 'WEBHOOK':
      return { kind };
    case 'FILE_SAVED': {
      const { folderId, includeSubfolders = false, namePattern = '' } = said;
      return { kind, folderId: needed(folderId, 'folderId'), includeSubfolders, namePattern: namePattern || '*' };
    }
    case 'SCHEDULE_END':
      return { kind, scheduleId: needed(said.scheduleId, 'scheduleId'), statuses: readStatuses(said.statuses) };
    case 'RUN_END':
      return { kind, fileId: said.fileId ?? null, statuses: readStatuses(said.statuses) };
  }
}

/** @throws notFound for what the caller does not see; invalid for what is no folder */
export async function requireVisible(
  { work, repository, schedules }: Watched,
  caller: Caller,
  settings: TriggerSettings,
): Promise<void> {
  switch (settings.kind) {
    case 'QUEUE_DEPTH':
      await work.queues.get(caller, settings.queueId);
      return;
    case 'FILE_SAVED': {
      const folder = await repository.rights.require(caller, settings.folderId, 'viewContent');
      if (folder.isFolder && folder.workspace === 'PUBLIC') return;
      throw error('invalid', `${folder.path} is no folder of the public workspace.`);
    }
    case 'SCHEDULE_END':
      await schedules.get(caller, settings.scheduleId);
      return;
    case 'RUN_END':
      if (settings.fileId !== null) await repository.entries.get(caller, settings.fileId);
      return;
    case 'WEBHOOK':
      return;
  }
}

/** Whether a name fits a pattern with * and ?. Both are walked once, whatever the pattern. */
export function fits(pattern: string, name: string): boolean {
  const [wanted, given] = [[...pattern.toLowerCase()], [...name.toLowerCase()]];
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let n = 0; n < given.length; ) {
    if (wanted[p] === '*') {
      star = p++;
      resume = n;
    } else if (wanted[p] === '?' || wanted[p] === given[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      // The star takes one more.
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  return wanted.slice(p).every((one) => one === '*');
}

function needed(id: number | undefined, field: string): number {
  if (id !== undefined) return id;
  throw error('invalid', `The settings name no ${field}.`, { details: `expected an id in settings.${field}` });
}

function readStatuses(words: readonly string[] = []): RunStatus[] {
  return words.map((word) => {
    const status = END_STATUSES.find((known) => known === word.trim().toUpperCase());
    if (status) return status;
    throw error('invalid', `No run ends as "${word.slice(0, 40)}".`, {
      details: `expected ${END_STATUSES.join(', ')}`,
    });
  });
}
