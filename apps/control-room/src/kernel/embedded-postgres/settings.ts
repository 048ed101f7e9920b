/**
 * Good for a laptop and for a small server, without giving up that an acknowledged commit is on disk. Whoever needs
 * more brings a PostgreSQL of their own.
 */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '256MB',
  wal_compression: 'on',
  // Few, long checkpoints: after each, the first change of a page writes the whole page into the log.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // For disks without moving parts.
  random_page_cost: '1.1',
  // Statements here are short: compiling one takes longer than running it.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  unix_socket_permissions: '0700',
};
