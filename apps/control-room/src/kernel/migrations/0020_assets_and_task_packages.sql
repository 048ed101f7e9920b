-- What robots and those who feed them keep in a workspace: assets by name, and the packages that robots come in.
set local search_path = signalbox;

-- Contents that something has stopped using. Who is reading one still comes to its end; an hour later it goes, unless it is used elsewhere.
create table blob_left (
  sha256 bytea primary key,
  left_on timestamptz not null default present()
);
create index blob_left_age on blob_left (left_on);

create table asset (
  -- Version 7, as all ids here: in the order of their making.
  id uuid primary key,
  workspace_id bigint not null references workspace on delete cascade,
  -- Letter case counts: programs ask for it by this.
  name text not null check (length(name) between 1 and 255),
  -- All three null while it is empty.
  content_type text,
  content_sha256 bytea references blob,
  content_size bigint,
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0,
  constraint asset_content check (num_nulls(content_type, content_sha256, content_size) in (0, 3))
);
create unique index asset_name on asset (workspace_id, name);
create index asset_workspace on asset (workspace_id, id);
create index asset_blob on asset (content_sha256);

create table asset_upload (
  id uuid primary key,
  asset_id uuid not null references asset on delete cascade,
  content_type text not null,
  -- Of what came; null while nothing has. Not a reference: the asset may hold something newer by now.
  sha256 bytea,
  -- Who began it, for the record of its end.
  begun_by jsonb not null,
  created_on timestamptz not null default present(),
  expires_on timestamptz not null,
  completed_on timestamptz
);
create index asset_upload_asset on asset_upload (asset_id);
create index asset_upload_expires on asset_upload (expires_on);

create table task_package (
  id uuid primary key,
  workspace_id bigint not null references workspace on delete cascade,
  name text not null check (length(name) between 1 and 255),
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);
create index task_package_workspace on task_package (workspace_id, id);

-- Each upload. The newest is what new runs take; those under way have the one that they began with.
create table task_package_version (
  package_id uuid not null references task_package on delete cascade,
  number int not null,
  content_sha256 bytea not null references blob,
  content_size bigint not null,
  -- The names in robot.yaml, in their order.
  tasks text[] not null,
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  -- Null for the newest.
  replaced_on timestamptz,
  primary key (package_id, number)
);
create index task_package_version_replaced on task_package_version (replaced_on) where replaced_on is not null;
create index task_package_version_blob on task_package_version (content_sha256);
