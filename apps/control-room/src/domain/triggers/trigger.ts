import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Caller } from '../identity/index.ts';
import type { Launch } from '../launches/index.ts';
import type { TriggerKind, TriggerSettings } from './settings.ts';

export const TRIGGER_STATUSES = ['ACTIVE', 'INACTIVE'] as const;
export type TriggerStatus = (typeof TRIGGER_STATUSES)[number];

/** What begins a deployment when something happens. */
export interface Trigger {
  readonly id: number;
  /** What a webhook is called by. */
  readonly hookId: string;
  readonly name: string;
  readonly description: string;
  readonly status: TriggerStatus;
  readonly kind: TriggerKind;
  readonly settings: TriggerSettings;
  /** The input variable of the bot that takes what happened, as a text. */
  readonly inputVariable: string;
  readonly launch: Launch;
  readonly fileName: string;
  readonly hasSecret: boolean;
  readonly armed: boolean;
  readonly firings: number;
  readonly lastFiredOn: Temporal.Instant | null;
  readonly notBefore: Temporal.Instant | null;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

/** A trigger as it stands in the database. */
export interface TriggerRow extends Omit<Trigger, 'launch'> {
  readonly launch: unknown;
  readonly callbackSealed: string | null;
}

export const callbackOf = (id: number): string => `trigger-callback:${id}`;
export const secretOf = (id: number): string => `trigger-secret:${id}`;

export const COLUMNS = sql`t.id, t.hook_id as "hookId", t.name, t.description, t.status, t.kind, t.settings,
  t.input_variable as "inputVariable", t.launch, t.callback_sealed as "callbackSealed", t.secret_sealed is not null as "hasSecret",
  coalesce((select b.name from repository_entry b where b.id = t.file_id), '') as "fileName", t.armed, t.firings,
  t.last_fired_on as "lastFiredOn", t.not_before as "notBefore", t.created_by as "createdBy", t.created_on as "createdOn",
  t.updated_by as "updatedBy", t.updated_on as "updatedOn", t.version`;

/** One's own; with the right to view or manage event triggers all (contract a §12.2). */
export function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('eventtriggers.view') || caller.may('eventtriggers.manage')) return sql<SqlBool>`true`;
  return sql<SqlBool>`t.created_by = ${caller.userId}`;
}
