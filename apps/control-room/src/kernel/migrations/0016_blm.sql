set local search_path = signalbox;

-- An archive on its way in or out, in pieces: it may be larger than any value of the database, and than any memory.
create table blm_archive (
  id uuid primary key,
  size bigint not null default 0,
  chunks int not null default 0,
  -- Of the whole; null until it is whole.
  sha256 bytea,
  -- When the last piece came: what nobody goes on with is forgotten.
  touched_on timestamptz not null default present()
);
create table blm_archive_chunk (
  archive_id uuid not null references blm_archive on delete cascade,
  number int not null,
  content bytea not null,
  primary key (archive_id, number)
);
-- Archives are packed already.
alter table blm_archive_chunk alter column content set storage external;

-- An export or import that somebody ordered. Narrow: the pieces of its archive are elsewhere.
create table blm_job (
  id uuid primary key,
  type text not null check (type in ('EXPORT', 'IMPORT')),
  status text not null default 'PENDING' check (status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED')),
  user_id bigint not null,
  -- Of an export what it is called, of an import the file's name.
  name text not null,
  -- What was asked for, without the password: that is kept nowhere.
  wanted jsonb not null,
  -- Only the server that was told the password can do it.
  has_password boolean not null default false,
  archive_id uuid references blm_archive on delete set null,
  entries_done int not null default 0,
  entries_total int not null default 0,
  notices jsonb not null default '[]',
  error_message text not null default '',
  -- Whence the order came, for the record.
  request_id text not null default '',
  address text not null default '',
  -- Which try this is: only the newest may end the job.
  attempt int not null default 0,
  holder uuid,
  lease_until timestamptz,
  created_on timestamptz not null default present(),
  ended_on timestamptz
);
create index blm_job_open on blm_job (created_on) where status in ('PENDING', 'IN_PROGRESS');
create index blm_job_ended on blm_job (ended_on) where status in ('COMPLETED', 'FAILED');
create index blm_job_archive on blm_job (archive_id);

-- The file of a package as it came with an import, to go out again with an export.
create table package_archive (
  package_version_id bigint primary key references package_version,
  file_name text not null,
  content_sha256 bytea not null references blob,
  content_size bigint not null,
  imported_by bigint not null,
  imported_on timestamptz not null default present()
);
