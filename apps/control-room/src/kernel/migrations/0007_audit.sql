set local search_path = signalbox;

/* The audit log by month: a range of days is found by its partition, and what is too old goes by dropping one. */

-- The codes of the wire (contract b §3); domain/audit-log/activity-types.ts says the same.
create function audit_activity_type(action text) returns text language sql immutable parallel safe as $$
  select case action
    when 'session.logIn' then 'LOGIN'
    when 'session.logOut' then 'LOGOUT'
    when 'workItem.add' then 'ADD_WORK_ITEMS'
    when 'bot.deploy' then 'RUN_BOT'
    when 'schedule.create' then 'SCHEDULE_CREATED'
    when 'repository.createFile' then 'CREATE_FILE'
    when 'repository.createMetadata' then 'CREATE_METADATA_FILE'
    when 'repository.createFolder' then 'CREATE_FOLDER'
    when 'repository.createWorkspace' then 'CREATE_WORKSPACE'
    when 'repository.renameFolder' then 'RENAME_FOLDER'
    when 'repository.putContent' then 'UPLOAD_FILE'
    when 'repository.checkOut' then 'CHECKOUT_FILE'
    when 'repository.checkIn' then 'CHECKIN_FILE'
    when 'repository.undoCheckOut' then 'UNDO_CHECKOUT_FILE'
    when 'repository.forceUnlock' then 'FORCE_UNLOCK_FILE'
    when 'repository.copy' then 'COPY_FILE'
    when 'repository.move' then 'MOVE_FILE'
    when 'repository.delete' then 'DELETE_FILE'
    when 'repository.recover' then 'RECOVER_FILE'
    when 'repository.assignLabel' then 'ASSIGN_LABEL'
    when 'repository.removeLabel' then 'REMOVE_LABEL'
    when 'repository.restoreVersion' then 'RESTORE_FILE_VERSION'
    when 'repository.setDependencies' then 'SET_DEPENDENCIES'
    when 'repository.setFolderRights' then 'SET_FOLDER_RIGHTS'
    when 'repository.clearFolderRights' then 'CLEAR_FOLDER_RIGHTS'
    when 'repository.updatePackages' then 'UPDATE_PACKAGES'
    when 'blm.export' then 'EXPORT_FILES'
    when 'blm.import' then 'IMPORT_FILES'
    else upper(regexp_replace(regexp_replace(action, '^(.*)\.([^.]+)$', '\2.\1'), '\.|(?<=[a-z0-9])(?=[A-Z])', '_', 'g'))
  end
$$;

alter table audit_entry rename to audit_entry_before;
alter index audit_entry_pkey rename to audit_entry_before_pkey;
alter index audit_entry_time rename to audit_entry_before_time;
alter index audit_entry_subject rename to audit_entry_before_subject;

create sequence audit_entry_number;
select setval('audit_entry_number', greatest((select max(id) from audit_entry_before), 0) + 1, false);

create table audit_entry (
  id bigint not null default nextval('audit_entry_number'),
  occurred_on timestamptz not null default present(),
  actor_type text not null,
  actor_id bigint not null,
  actor_name text not null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  subject_name text not null default '',
  outcome text not null default 'SUCCESSFUL',
  details jsonb,
  request_id text not null default '',
  remote_address text not null default '',
  activity_type text not null generated always as (audit_activity_type(action)) stored,
  -- Ids are given out before the commit, so that a smaller one may appear after a larger one. Transactions that are over
  -- are known (pg_snapshot_xmin): the sealer seals by these.
  transaction_id xid8 not null default pg_current_xact_id(),
  primary key (occurred_on, id)
) partition by range (occurred_on);

-- What no month was made for. Nothing that is written is ever refused for want of a partition.
create table audit_entry_other partition of audit_entry default;

create index audit_entry_actor on audit_entry (actor_id, occurred_on, id);
create index audit_entry_activity_type on audit_entry (activity_type, occurred_on, id);
-- With the type, so that unsuccessful log-ins are counted in the index alone.
create index audit_entry_unsuccessful on audit_entry (occurred_on, id) include (activity_type) where outcome = 'UNSUCCESSFUL';
create index audit_entry_subject on audit_entry (subject_type, subject_id);
create index audit_entry_transaction on audit_entry (transaction_id);

insert into audit_entry (id, occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, outcome,
    details, request_id, remote_address)
  select id, occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, outcome,
    details, request_id, remote_address from audit_entry_before;
drop table audit_entry_before;

create table audit_key (
  id text primary key,
  public_key text not null,
  private_key_sealed text not null,
  created_on timestamptz not null default present()
);

-- Transactions are counted by the database cluster. Restored into another one they begin anew, and only rows after this
-- id are counted by it.
create table audit_epoch (
  cluster text primary key,
  number int not null unique,
  after_id bigint not null,
  began_on timestamptz not null default present()
);

-- Each seal covers the rows of all transactions from one number up to another, and the seal before it.
create table audit_seal (
  number bigint primary key,
  cluster text not null references audit_epoch,
  from_transaction xid8 not null,
  to_transaction xid8 not null,
  row_count bigint not null,
  first_id bigint not null,
  last_id bigint not null,
  first_on timestamptz not null,
  last_on timestamptz not null,
  rows_hash text not null,
  previous_hash text not null,
  -- As text, because it is hashed.
  sealed_on text not null,
  hash text not null,
  key_id text not null references audit_key,
  signature text not null,
  shipped_on timestamptz
);
create index audit_seal_time on audit_seal (last_on);
create index audit_seal_unshipped on audit_seal (number) where shipped_on is null;
