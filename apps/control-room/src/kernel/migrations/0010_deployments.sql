set local search_path = signalbox;

-- What somebody asked for in one call; its runs are rows of `run`. Written once.
create table deployment (
  id uuid primary key,
  -- What the wire calls automationId.
  number bigint generated always as identity unique,
  automation_name text not null,
  description text not null default '',
  -- Typed values by variable name, the same for all its runs.
  bot_input jsonb not null default '{}',
  bot_label text not null default '',
  run_elevated boolean not null default false,
  rdp_enabled boolean not null default false,
  hide_agent_ui boolean not null default false,
  -- Address and headers: sealed, for either may hold a secret.
  callback_sealed text,
  -- What fired it; empty when a person did.
  trigger_type text not null default '' check (trigger_type in ('', 'SCHEDULE', 'TRIGGER')),
  trigger_id text not null default '',
  created_by bigint not null,
  created_on timestamptz not null default present()
);

alter table run drop constraint run_kind_check;
alter table run add constraint run_kind_check check (kind in ('REAL_TIME', 'ON_DEMAND', 'UNATTENDED', 'ATTENDED'));
alter table run
  -- The fencing token: raised whenever another one may speak for the run. A report under an old one changes nothing.
  add column version int not null default 0,
  -- 0 low, 1 medium, 2 high
  add column priority smallint not null default 1,
  -- Where it runs, or must run. Of a run that any device of a pool may take: which one has it.
  add column device_id bigint,
  -- Any device of these may take it; null when the device is given.
  add column pool_ids bigint[],
  add column lease_id bigint,
  -- What its runner has been asked to do and has not answered yet, and whether a poll has told it.
  add column command text check (command in ('PAUSE', 'RESUME', 'STOP')),
  add column command_told boolean not null default false,
  add column total_lines int not null default 0,
  add column last_line int not null default 0,
  -- When it was given to its device: an answer that was lost on the way shows by it.
  add column deployed_on timestamptz,
  add column modified_by bigint,
  add column modified_on timestamptz,
  -- Put away by somebody: in the history only.
  add column archived_on timestamptz;

-- What the activity is looked through by. Of each there are many in a million, and the newest are wanted first.
-- With what the activity leaves out, so that it is counted in the index alone: 10,000 runs of a user took 36 ms without.
create index run_file on run (file_id, id) include (archived_on);
create index run_user on run (user_id, id) include (archived_on);
create index run_device on run (device_id, id) include (archived_on) where device_id is not null;
-- COMPLETED are most of them, and found by walking back; the index holds the others.
create index run_status on run (status, id) where status <> 'COMPLETED';
create index run_ended on run (ended_on desc nulls last, id desc);
create index run_started on run (started_on desc nulls last, id desc);

-- What a poll of a runner reads.
create index run_leased on run (lease_id) where lease_id is not null;
create index run_for_device on run (device_id, priority desc, id)
  where pool_ids is null and status in ('QUEUED', 'PENDING_EXECUTION');
create index run_for_pool on run (priority desc, id) where pool_ids is not null and status = 'QUEUED';
create index run_command on run (device_id) where command is not null;

-- Where a bot that is at work has got to. Worth nothing after a crash, and so not logged.
create unlogged table run_progress (
  run_id uuid primary key,
  version int not null,
  bot_path text not null,
  line int not null,
  steps bigint not null,
  percent int not null,
  updated_on timestamptz not null
);

-- What a bot said, numbered by its runner, so that a line that is told twice is kept once.
create table run_log (
  run_id uuid not null,
  number int not null,
  occurred_on timestamptz not null,
  level text not null,
  text text not null,
  primary key (run_id, number)
);

-- Files that a bot left in the folder of its run.
create table run_artifact (
  run_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  content_sha256 bytea not null references blob,
  size bigint not null,
  created_on timestamptz not null default present(),
  primary key (run_id, name)
);
create index run_artifact_content on run_artifact (content_sha256);
