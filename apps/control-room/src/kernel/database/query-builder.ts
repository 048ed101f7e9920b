import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';

/** Kysely as a builder only: it writes and types the SQL, `Connection` runs it. */
const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** A query builder over the given tables. Holds no connection. */
export function queryBuilder<Tables>(): Kysely<Tables> {
  return new Kysely<Tables>({ dialect });
}
