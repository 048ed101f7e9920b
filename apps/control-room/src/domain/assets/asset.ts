import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import { readUuid } from '../../kernel/ids.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';

/** A file or a value that robots keep in their workspace under a name. */
export interface Asset {
  readonly id: string;
  readonly name: string;
  /** Null while it is empty. */
  readonly contentType: string | null;
  readonly size: number | null;
}

export const COLUMNS = sql`a.id, a.name, a.content_type as "contentType", a.content_size as size`;

const LONGEST = 255;

/** What an address cannot carry: clients leave the slashes of a name as they are, and behind it come `/uploads/…`. */
const UNREACHABLE = /^\/|\/$|\/\/|(^|\/)\.{1,2}(\/|$)|\/uploads(\/[^/]*)?$/i;

/** Kept as it is: whoever asks for it by name says the same. @throws invalid */
export function requireName(name: string): void {
  if (name.trim() === '' || name.length > LONGEST) {
    throw error('invalid', 'The name of the asset cannot be used.', { details: `expected 1 to ${LONGEST} characters` });
  }
  if (UNREACHABLE.test(name)) {
    throw error('invalid', 'An asset of this name could not be reached by it.', {
      details: 'expected no empty part between slashes, no . or .., and no /uploads at the end',
    });
  }
}

/** By its id, or by `name:<name>`, in the caller's workspace. Its alias is `a`. */
export function named(caller: WorkspaceCaller, key: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`a.workspace_id = ${caller.workspace.id} and ${byKey(key)}`;
}

function byKey(key: string): RawBuilder<SqlBool> {
  if (/^name:/i.test(key)) return sql<SqlBool>`a.name = ${key.slice('name:'.length)}`;
  const id = readUuid(key);
  return id === undefined ? sql<SqlBool>`false` : sql<SqlBool>`a.id = ${id}`;
}

export const absent = (key: string) => error('notFound', `The workspace has no asset "${key.slice(0, 300)}".`);
