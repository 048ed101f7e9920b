import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Caller } from '../identity/index.ts';

/**
 * A private workspace comes with the licence of a Bot Creator (contract a §5.1). Read at every call: a licence that is
 * taken away ends the private workspace at once.
 */
export function isBotCreator(caller: Caller): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from app_user u where u.id = ${caller.userId} and 'DEVELOPMENT' = any(u.license_features))`;
}
