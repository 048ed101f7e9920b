import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Caller } from '../identity/index.ts';

/**
 * What of the repository a caller may see, over `repository_entry e`: the public workspace, and his own private one while
 * he is a Bot Creator (contract a §5.1). The administrator's right opens everybody's.
 */
export function visibleTo(caller: Caller): RawBuilder<SqlBool> {
  if (caller.may('repositorymanager.accessresourceany')) return sql<SqlBool>`true`;
  return sql<SqlBool>`(e.workspace = 'PUBLIC' or (e.owner_id = ${caller.userId} and ${isBotCreator(caller)}))`;
}

/** Read at every call: a licence that is taken away ends the private workspace at once. */
export function isBotCreator(caller: Caller): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from app_user u where u.id = ${caller.userId} and 'DEVELOPMENT' = any(u.license_features))`;
}
