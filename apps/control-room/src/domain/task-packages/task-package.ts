import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';

/** What robots come in: robot.yaml and what belongs to it, zipped. Its other name is robot. */
export interface TaskPackage {
  readonly id: string;
  readonly name: string;
  /** Of the newest version, in the order of robot.yaml; none while nothing was uploaded. */
  readonly tasks: readonly string[];
  /** The newest version; null while nothing was uploaded. */
  readonly number: number | null;
  readonly size: number | null;
  readonly sha256: Buffer | null;
  readonly createdOn: Temporal.Instant;
  /** When the newest version came. */
  readonly uploadedOn: Temporal.Instant | null;
}

/** Of `task_package p left join task_package_version v`. */
export const COLUMNS = sql`p.id, p.name, coalesce(v.tasks, '{}') as tasks, v.number, v.content_size as size, v.content_sha256 as sha256,
  p.created_on as "createdOn", v.created_on as "uploadedOn"`;
export const SOURCE = sql`task_package p left join task_package_version v on v.package_id = p.id and v.replaced_on is null`;

/** A package of the workspace, by its id as it came. Its alias is `p`. */
export function named(workspaceId: number, id: string): RawBuilder<SqlBool> {
  const known = readUuid(id);
  return known === undefined ? sql<SqlBool>`false` : sql<SqlBool>`p.workspace_id = ${workspaceId} and p.id = ${known}`;
}

export const absent = (id: string) => error('notFound', `The workspace has no task package ${id.slice(0, 100)}.`);
