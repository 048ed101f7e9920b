import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';

/** A task of a robot that people start on their own computers. */
export interface Assistant {
  readonly id: string;
  readonly name: string;
  readonly packageId: string;
  readonly taskName: string;
  readonly createdOn: Temporal.Instant;
}

export type AssistantRunState = 'in_progress' | 'completed' | 'failed';

export interface AssistantRun {
  readonly id: string;
  readonly state: AssistantRunState;
  readonly errorCode: string | null;
  readonly startedOn: Temporal.Instant;
  readonly endedOn: Temporal.Instant | null;
  /** In seconds; null while it runs. */
  readonly duration: number | null;
  readonly assistantId: string;
  readonly assistantName: string;
}

/** Below the caller's workspace, by its id as it came. */
export function named(alias: 'a' | 'r', caller: WorkspaceCaller, id: string): RawBuilder<SqlBool> {
  const known = readUuid(id);
  const table = sql.ref(alias);
  return known === undefined
    ? sql<SqlBool>`false`
    : sql<SqlBool>`${table}.workspace_id = ${caller.workspace.id} and ${table}.id = ${known}`;
}

export const absentAssistant = (id: string) => error('notFound', `The workspace has no assistant ${id.slice(0, 100)}.`);
export const absentRun = (id: string) =>
  error('notFound', `The workspace has no run of an assistant with the id ${id.slice(0, 100)}.`);

/** By its exact name, else whatever the letter case: as the tools find it. Undefined when there is none. */
export function taskAmong(tasks: readonly string[], name: string): string | undefined {
  const wanted = name.trim();
  return tasks.find((task) => task === wanted) ?? tasks.find((task) => task.toLowerCase() === wanted.toLowerCase());
}
