-- Assistants: robots that people start on their own computers, and what became of them there.
set local search_path = signalbox;

create table assistant (
  id uuid primary key,
  workspace_id bigint not null references workspace on delete cascade,
  name text not null check (length(name) between 1 and 255),
  package_id uuid not null references task_package,
  task_name text not null,
  created_by bigint not null default 0,
  created_on timestamptz not null default present()
);
create unique index assistant_name on assistant (workspace_id, lower(name));
create index assistant_workspace on assistant (workspace_id, id);
create index assistant_package on assistant (package_id);

create table assistant_run (
  id uuid primary key,
  assistant_id uuid not null references assistant on delete cascade,
  workspace_id bigint not null references workspace on delete cascade,
  state text not null default 'in_progress' check (state in ('in_progress', 'completed', 'failed')),
  -- Why it failed; null where nobody said.
  error_code text,
  -- Whose tool runs it; only that one speaks for it.
  user_id bigint not null,
  task_name text not null,
  -- The version that it began with.
  content_sha256 bytea not null references blob,
  -- The token that its robot was given, which ends with it.
  token_hash bytea,
  -- Of the address to which its files are announced.
  artifact_hash bytea not null unique,
  heard_on timestamptz not null default present(),
  started_on timestamptz not null default present(),
  ended_on timestamptz
);
create index assistant_run_workspace on assistant_run (workspace_id, id);
create index assistant_run_assistant on assistant_run (assistant_id, id);
create index assistant_run_heard on assistant_run (heard_on) where state = 'in_progress';
create index assistant_run_ended on assistant_run (ended_on) where state <> 'in_progress';
create index assistant_run_blob on assistant_run (content_sha256);

create table assistant_artifact (
  id uuid primary key,
  run_id uuid not null references assistant_run on delete cascade,
  -- The last part of its path: two may have the same.
  name text not null check (length(name) between 1 and 255),
  size bigint not null,
  content_sha256 bytea not null references blob,
  created_on timestamptz not null default present()
);
create index assistant_artifact_run on assistant_artifact (run_id, id);
create index assistant_artifact_blob on assistant_artifact (content_sha256);
