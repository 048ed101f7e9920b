-- Processes: steps that hand items on to each other, their runs, and the items' own part in it.
set local search_path = signalbox;

-- Of items that are any JSON at all; such a model has no columns.
alter table work_item_model add column takes_anything boolean not null default false;

-- A queue between the steps of a process is one like others, but only the process works it off.
alter table queue add column process_id uuid;
alter table queue add column process_role text check (process_role in ('STEP', 'OUTPUT'));
alter table queue add constraint queue_process check ((process_id is null) = (process_role is null));
create index queue_process on queue (process_id) where process_id is not null;

create table process (
  id uuid primary key,
  workspace_id bigint not null references workspace,
  name text not null check (length(name) between 1 and 255),
  description text not null default '',
  -- What a run without data begins with; null where that is an empty item.
  default_payload json,
  output_queue_id bigint not null references queue,
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);
create unique index process_name on process (workspace_id, lower(name));
create index process_output on process (output_queue_id);

create table process_step (
  id uuid primary key,
  process_id uuid not null references process on delete cascade,
  position int not null,
  name text not null check (length(name) between 1 and 255),
  -- What it works off.
  queue_id bigint not null unique references queue,
  task_package_id uuid not null,
  -- Empty: the only one there is.
  task_name text not null default '',
  -- Where it must run; neither: anywhere in the workspace.
  device_id bigint references device on delete set null,
  worker_group_id bigint,
  environment jsonb not null default '{}',
  -- Null: as many as there are slots.
  max_parallel int check (max_parallel > 0),
  timeout_seconds int check (timeout_seconds > 0),
  -- Until every item of the step before has ended.
  wait_for_all boolean not null default false,
  -- Also puts several steps in order at once.
  unique (process_id, position) deferrable initially deferred
);

create table process_run (
  -- Version 7: in the order of their beginning.
  id uuid primary key,
  -- What people call it by, within its process.
  number bigint not null,
  workspace_id bigint not null references workspace,
  process_id uuid not null references process on delete cascade,
  process_name text not null,
  state text not null default 'new' check (state in ('new', 'in_progress', 'stopping', 'completed', 'unresolved')),
  started_by text not null check (started_by in ('api', 'user', 'schedule', 'email')),
  started_by_user bigint,
  -- Whom to tell about this run only: address and secret, sealed.
  callback_sealed text,
  -- {"remainingAsDone": boolean, "reason": text}: what becomes of the rest when the last step run has ended.
  stop jsonb,
  created_by bigint not null,
  created_on timestamptz not null default present(),
  started_on timestamptz,
  ended_on timestamptz,
  unique (process_id, number)
);
create index process_run_workspace on process_run (workspace_id, id);
create index process_run_of on process_run (process_id, id);
create index process_run_open on process_run (id) where state in ('new', 'in_progress', 'stopping');

-- A run of a robot. Everything that it shares with other runs stands in `run`.
alter table run drop constraint run_kind_check;
alter table run add constraint run_kind_check check (kind in ('REAL_TIME', 'ON_DEMAND', 'UNATTENDED', 'ATTENDED', 'STEP'));
create index run_step_waiting on run (id) where kind = 'STEP' and status = 'QUEUED';

create table step_run (
  run_id uuid primary key references run on delete cascade,
  process_run_id uuid not null references process_run on delete cascade,
  step_id uuid not null,
  step_name text not null,
  workspace_id bigint not null,
  device_id bigint,
  worker_group_id bigint,
  -- Of the token that its robot has; another claim makes another one.
  token_hash bytea unique,
  -- The robot as it was when its device was given it.
  robot_sha256 bytea,
  -- Its end has been told to those who wanted to know.
  end_told boolean not null default false
);
create index step_run_process_run on step_run (process_run_id, run_id);
create index step_run_step on step_run (step_id);

-- By id on the wire.
alter table run_artifact add column id bigint generated always as identity unique;

alter table work_item
  -- In which run of a process it is; null while it waits for one.
  add column process_run_id uuid,
  -- The step run that has it or had it last.
  add column step_run_id uuid,
  -- The item that it came out of.
  add column parent_id bigint,
  -- Nobody sees it as work before that one has ended: what a lost attempt made goes with the attempt.
  add column awaits_parent boolean not null default false,
  add column exception_type text,
  add column exception_code text;

create index work_item_run_waiting on work_item (process_run_id, queue_id, processing_key, position)
  where status = 'NEW' and process_run_id is not null;
create index work_item_run_unsettled on work_item (process_run_id, queue_id, status)
  where process_run_id is not null and status not in ('NEW', 'COMPLETED');
create index work_item_run on work_item (process_run_id, id) where process_run_id is not null;
create index work_item_parent on work_item (parent_id) where awaits_parent;
create index work_item_step_run on work_item (step_run_id) where step_run_id is not null and lease_id is not null;

create table work_item_file (
  id bigint generated always as identity primary key,
  work_item_id bigint not null references work_item on delete cascade,
  name text not null check (length(name) between 1 and 255),
  size bigint not null,
  content_sha256 bytea not null references blob,
  created_on timestamptz not null default present(),
  unique (work_item_id, name)
);
create index work_item_file_content on work_item_file (content_sha256);
