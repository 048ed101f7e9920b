import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Outbox } from '../outbox/index.ts';
import { type Subscription, type Subscriptions, subjectOf } from './subscriptions.ts';

/** A run of a process has come to a turn. */
export interface ProcessRunEvent {
  readonly workspaceId: number;
  readonly workspaceUuid: string;
  readonly processId: string;
  readonly processRunId: string;
  readonly action: 'started' | 'completed' | 'unresolved';
  /** In seconds; null while it runs. */
  readonly duration: number | null;
  /** Why it is unresolved, where there is a code. */
  readonly errorCode?: string | null;
  /** The run as API v1 shows it. */
  readonly processRun: object;
  /** Whom this run alone is to be told to. */
  readonly callback?: { readonly url: string; readonly secret: string; readonly events: readonly string[] } | undefined;
}

/** Something happened in a run of a robot. */
export interface RobotRunEvent {
  readonly workspaceId: number;
  readonly workspaceUuid: string;
  readonly processId: string;
  readonly processRunId: string;
  readonly robotRunId: string;
  /** From 1, in the run of the robot. */
  readonly seqNo: number;
  /** `END`, say. */
  readonly eventType: string;
  readonly data: object | null;
  readonly timeStamp: Temporal.Instant;
}

/** In the words of the old API: those who were there first read these (contract robocorp §7.2). */
const STATES = { started: 'IP', completed: 'COMPL', unresolved: 'PENDING' } as const;
const RESULTS = { completed: 'success', unresolved: 'error' } as const;

interface Envelope {
  readonly event: string;
  readonly action: string;
  readonly payload: object;
  readonly process_run?: object;
}

/** Belongs to the transaction that brings the event about: it is told if and only if that commits. */
export function createTelling(outbox: Outbox, subscriptions: Subscriptions) {
  async function tellSubscribers(
    tx: Transaction,
    workspaceId: number,
    to: readonly Subscription[],
    kind: string,
    envelope: Envelope,
  ): Promise<void> {
    const now = to.length === 0 ? '' : await momentOf(tx);
    for (const { id, endpoint, secret, createdBy } of to) {
      const eventId = randomUUIDv7();
      await outbox.send(tx, {
        kind,
        subject: subjectOf(id),
        url: endpoint,
        headers: {},
        body: { id: eventId, webhookEventTimestamp: now, ...envelope },
        eventId,
        secret,
        signature: 'body',
        workspaceId,
        stream: `webhook:${id}`,
        createdBy,
      });
    }
  }

  return {
    async tell(tx: Transaction, event: ProcessRunEvent): Promise<void> {
      const { action, callback, workspaceId } = event;
      const kind = `process_run.${action}` as const;
      const envelope = processRunEnvelope(event);
      await tellSubscribers(tx, workspaceId, await subscriptions.wanting(tx, event, kind), kind, envelope);
      if (!callback?.events.includes(action)) return;
      const eventId = randomUUIDv7();
      await outbox.send(tx, {
        kind: 'process_run.callback',
        subject: { type: 'processRun', id: event.processRunId },
        url: callback.url,
        headers: {},
        body: { id: eventId, webhookEventTimestamp: await momentOf(tx), ...envelope },
        eventId,
        secret: callback.secret,
        signature: 'body',
        workspaceId,
        createdBy: 0,
      });
    },

    async tellRobotRun(tx: Transaction, event: RobotRunEvent): Promise<void> {
      const { workspaceId, workspaceUuid, timeStamp, ...rest } = event;
      const to = await subscriptions.wanting(tx, event, 'robot_run_event');
      await tellSubscribers(tx, workspaceId, to, 'robot_run_event', {
        event: 'robot_run_event',
        action: event.eventType,
        payload: { workspaceId: workspaceUuid, ...rest, timeStamp: textOf(timeStamp) },
      });
    },

    /** So that whoever sets up a receiver sees that it hears and checks right. */
    test(tx: Transaction, subscription: Subscription, workspace: { readonly id: number; readonly uuid: string }) {
      return tellSubscribers(tx, workspace.id, [subscription], 'test', {
        event: 'test',
        action: 'test',
        payload: { workspaceId: workspace.uuid },
      });
    },
  };
}

function processRunEnvelope(event: ProcessRunEvent): Envelope {
  const { workspaceUuid, processId, processRunId, action, duration, errorCode = null, processRun } = event;
  const ended = action === 'started' ? {} : { duration, result: RESULTS[action], errorCode };
  return {
    event: 'process_run',
    action,
    payload: { workspaceId: workspaceUuid, processId, processRunId, state: STATES[action], ...ended },
    process_run: processRun,
  };
}

async function momentOf(tx: Transaction): Promise<string> {
  const row = await tx.first(sql<{ now: Temporal.Instant }>`select present() as now`);
  if (!row) throw new Error('The database told no time.');
  return textOf(row.now);
}

const textOf = (instant: Temporal.Instant): string => instant.toString({ fractionalSecondDigits: 3 });
