export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
export { DataFolderInUse, EmbeddedPostgresError } from './errors.ts';
