-- The record of every run: who had which bot run, when, and how it ended (contract a §10).

create table run (
  -- Version 7: they grow with time, so that inserts stay at one end of the index.
  id uuid primary key,
  kind text not null check (kind in ('REAL_TIME', 'ON_DEMAND')),
  status text not null,
  deployment_id uuid,
  automation_name text not null default '',
  -- No reference: the record outlives the bot.
  file_id bigint not null,
  file_path text not null,
  -- In whose name it ran, and who asked for it.
  user_id bigint not null,
  created_by bigint not null,
  created_on timestamptz not null default present(),
  started_on timestamptz,
  ended_on timestamptz,
  message text not null default '',
  error_line int,
  error_path text,
  inputs jsonb,
  outputs jsonb,
  -- Which server answers for it while it is under way, and until when unless it says so again.
  server_id uuid,
  alive_until timestamptz
);
-- Ids grow with time, so that "the newest first" needs no index of its own; a range of days is found by a block range.
create index run_created_on on run using brin (created_on) with (pages_per_range = 32);
create index run_created_by on run (created_by, id);
create index run_deployment on run (deployment_id) where deployment_id is not null;
create index run_waiting on run (created_on) where status = 'QUEUED';
create index run_under_way on run (alive_until) where alive_until is not null;

-- An API Task that stands ready for real-time calls (contract b §2.2).
create table api_task_allocation (
  file_id bigint primary key references repository_entry,
  run_as_user_id bigint references app_user,
  concurrency_limit int not null check (concurrency_limit >= 1),
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present()
);
