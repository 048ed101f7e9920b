set local search_path = signalbox;

-- Of a public file: the number of its newest version. 0 for folders and for private files, which have none.
alter table repository_entry add column latest_version int not null default 0;
-- For which content the dependencies and packages were read; another one was saved by an older server, and is read at the
-- next start.
alter table repository_entry add column scanned_sha256 bytea;
alter table repository_entry add column has_triggers boolean not null default false;
-- A picture or the like that belongs to the bot which is its parent: in no list, and gone with the bot.
alter table repository_entry add column is_metadata boolean not null default false;

-- A bot names others by path, in whichever workspace they are.
create index repository_entry_any_path on repository_entry (lower(path));
-- The two orders that clients ask for: of 21,000 entries a page by name took 19 ms without the index, 0.7 with it.
create index repository_entry_by_name on repository_entry (name nulls first, id);
create index repository_entry_by_age on repository_entry (updated_on nulls first, id);

-- What every save of a public file and every check-in leaves behind. Never changed. No reference to the entry: the
-- versions of a deleted file wait with it until it is recovered or forgotten.
create table repository_version (
  file_id bigint not null,
  number int not null check (number >= 1),
  content_sha256 bytea references blob,
  content_size bigint not null default 0,
  has_errors boolean not null default false,
  comment text not null default '',
  origin text not null check (origin in ('CREATE', 'SAVE', 'CHECK_IN', 'RESTORE', 'IMPORT', 'COPY', 'UPDATE_PACKAGES')),
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  primary key (file_id, number)
);
insert into repository_version (file_id, number, content_sha256, content_size, has_errors, origin, created_by, created_on)
  select id, version + 1, content_sha256, content_size, has_errors, 'SAVE', updated_by, updated_on
  from repository_entry where workspace = 'PUBLIC' and not is_folder;
update repository_entry set latest_version = version + 1 where workspace = 'PUBLIC' and not is_folder;

-- A label names one version of a file; PRODUCTION is the production version.
create table repository_label (
  file_id bigint not null,
  label text not null check (length(label) between 1 and 100),
  version_number int not null,
  created_by bigint not null default 0,
  created_on timestamptz not null default present(),
  primary key (file_id, label),
  foreign key (file_id, version_number) references repository_version
);
create index repository_label_version on repository_label (file_id, version_number);

-- What a version needs, by path: that is what stands in the bot. Version 0 is the present content of a private file.
create table repository_dependency (
  file_id bigint not null,
  version_number int not null,
  kind text not null check (kind in ('SCANNED', 'MANUAL')),
  -- In lower case, with backslashes: compared with lower(repository_entry.path).
  path text not null,
  primary key (file_id, version_number, kind, path)
);
create index repository_dependency_path on repository_dependency (path, file_id, version_number);

-- A public file that somebody has in his private workspace: nobody else changes it meanwhile.
create table repository_checkout (
  public_id bigint primary key references repository_entry,
  private_id bigint not null unique references repository_entry,
  user_id bigint not null references app_user,
  base_version int not null,
  created_on timestamptz not null default present()
);

-- What a role may do in a folder and below it, nearest entry first; `rights` are bits (domain/repository/flags.ts).
create table folder_rights_of_role (
  role_id bigint primary key references role on delete cascade,
  updated_by bigint not null default 0,
  updated_on timestamptz not null default present(),
  version int not null default 0
);
create table folder_right (
  role_id bigint not null references folder_rights_of_role on delete cascade,
  folder_id bigint not null references repository_entry on delete cascade,
  rights int not null,
  primary key (role_id, folder_id)
);
-- The way down from a folder with rights: without it a folder of 20,000 files would be read for its few folders.
create index repository_entry_folders on repository_entry (parent_id) where is_folder;
create index folder_right_folder on folder_right (folder_id);

-- Deleted files, until they are recovered or their time is up.
create table repository_deleted (
  id bigint primary key,
  workspace text not null,
  owner_id bigint references app_user on delete cascade,
  -- The folder, or for metadata the bot.
  parent_id bigint not null,
  name text not null,
  path text not null,
  description text not null,
  content_type text not null,
  content_sha256 bytea references blob,
  content_size bigint not null,
  has_errors boolean not null,
  has_triggers boolean not null,
  is_metadata boolean not null,
  latest_version int not null,
  created_by bigint not null,
  created_on timestamptz not null,
  version int not null,
  deleted_by bigint not null,
  deleted_on timestamptz not null default present()
);
create index repository_deleted_age on repository_deleted (deleted_on);
create index repository_deleted_parent on repository_deleted (parent_id) where is_metadata;

-- Packages by version: what this server offers and what bots name.
create table package_version (
  id bigint generated by default as identity (start with 101) primary key,
  name text not null check (length(name) between 1 and 255),
  version text not null check (length(version) between 1 and 100),
  created_on timestamptz not null default present(),
  unique (name, version)
);
create table package_use (
  package_version_id bigint not null references package_version,
  file_id bigint not null,
  -- As in repository_dependency.
  version_number int not null,
  primary key (package_version_id, file_id, version_number)
);
create index package_use_file on package_use (file_id, version_number);
