import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

const FIELDS: Fields = {
  id: { type: 'number', sql: sql`p.id` },
  action: { type: 'text', sql: sql`p.action` },
  resourceType: { type: 'text', sql: sql`p."resourceType"` },
};

/** The vocabulary as a list that can be filtered like any other. It is code, so it is sent along instead of stored. */
export function listPermissions(database: Database, selection: Selection): Promise<Page<Permission>> {
  return selectPage<Permission>(
    database,
    {
      columns: sql`p.*`,
      source: sql`jsonb_to_recordset(${JSON.stringify(PERMISSIONS)}::jsonb) as p(id int, action text, "resourceType" text, name text)`,
      visible: sql`true`,
      fields: FIELDS,
      tiebreak: sql`p.id`,
    },
    selection,
  );
}
