-- Workers: devices as a workspace sees them, their groups, the tokens by which they come, and those that are made on demand.
set local search_path = signalbox;

create table worker_group (
  id bigint generated always as identity primary key,
  -- What clients know it by.
  uuid uuid not null unique default gen_random_uuid(),
  workspace_id bigint not null references workspace on delete cascade,
  name text not null check (length(name) between 1 and 255),
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);
create index worker_group_workspace on worker_group (workspace_id, id);

-- A worker is in any number of groups.
create table worker_group_member (
  group_id bigint not null references worker_group on delete cascade,
  device_id bigint not null references device on delete cascade,
  primary key (group_id, device_id)
);
create index worker_group_member_device on worker_group_member (device_id);

-- Who makes workers of a group when work waits for them.
create table worker_provider (
  group_id bigint primary key references worker_group on delete cascade,
  -- Its address and secret, sealed: either may hold a key.
  sealed text not null,
  -- What of the address may be shown.
  origin text not null,
  -- At the same time; 0: none any more.
  most_workers int not null check (most_workers between 0 and 1000),
  idle_seconds int not null check (idle_seconds between 30 and 86400),
  -- Null: as long as they are needed.
  max_lifetime_seconds int check (max_lifetime_seconds between 60 and 86400),
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);

-- A worker that was asked for. STARTING: it has not come yet. DRAINING: it is given nothing more, and stopped when it holds nothing.
create table on_demand_worker (
  -- What the provider knows it by.
  runtime_id uuid primary key default gen_random_uuid(),
  group_id bigint not null references worker_group on delete cascade,
  device_id bigint references device on delete set null,
  status text not null default 'STARTING' check (status in ('STARTING', 'WORKING', 'DRAINING', 'STOPPED')),
  -- Why it was stopped; empty before.
  reason text not null default '',
  created_on timestamptz not null default present(),
  linked_on timestamptz,
  -- When it was first seen without work since it last had some.
  idle_since timestamptz,
  draining_since timestamptz,
  stopped_on timestamptz
);
create index on_demand_worker_group on on_demand_worker (group_id) where status <> 'STOPPED';
create index on_demand_worker_device on on_demand_worker (device_id);
create index on_demand_worker_stopped on on_demand_worker (stopped_on) where status = 'STOPPED';

create table worker_link_token (
  id bigint generated always as identity primary key,
  uuid uuid not null unique default gen_random_uuid(),
  workspace_id bigint not null references workspace on delete cascade,
  -- Null: of one worker and no group.
  group_id bigint references worker_group on delete cascade,
  name text not null default '' check (length(name) <= 255),
  hash bytea not null unique,
  -- Of a group: shown again to the owners of the workspace.
  sealed text,
  -- It registers one worker and is worth nothing after that.
  once boolean not null,
  -- Of the worker that was asked for with it.
  runtime_id uuid references on_demand_worker on delete cascade,
  expires_on timestamptz,
  uses int not null default 0,
  last_used_on timestamptz,
  created_by bigint not null references app_user,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);
create index worker_link_token_group on worker_link_token (group_id, id) where not once;
create index worker_link_token_workspace on worker_link_token (workspace_id);
create index worker_link_token_runtime on worker_link_token (runtime_id);
create index worker_link_token_expires on worker_link_token (expires_on) where once;
