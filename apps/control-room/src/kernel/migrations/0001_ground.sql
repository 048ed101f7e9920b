-- What every part stands on: facts about the installation, the clock, leases, blobs, idempotency keys, the audit log.
set local search_path = signalbox;

create table installation (key text primary key, value jsonb not null);
insert into installation values ('tenantUuid', to_jsonb(gen_random_uuid()));

-- Time that decides anything is the database's. Tests move it by setting `ahead`.
create table clock (only_one boolean primary key default true check (only_one), ahead interval not null default '0');
insert into clock default values;
create function present() returns timestamptz language sql stable parallel safe as
  $$ select now() + ahead from signalbox.clock $$;

-- A lease says: `holder` answers for `subject` until `expires_on`, unless it says so again. Its id is never used twice.
create table lease (
  id bigint generated always as identity primary key,
  subject text not null,
  holder text not null,
  length interval not null,
  expires_on timestamptz not null,
  unique (subject, holder)
) with (fillfactor = 50);

create table blob (
  sha256 bytea primary key,
  size bigint not null,
  content bytea not null,
  created_on timestamptz not null default present()
);
-- Bots and documents are compressed by hand or not at all; no second compression on the way in.
alter table blob alter column content set storage external;

create table idempotency_key (
  actor text not null,
  key text not null,
  fingerprint bytea not null,
  status smallint,
  body text,
  created_on timestamptz not null default present(),
  primary key (actor, key)
);
create index idempotency_key_age on idempotency_key (created_on);

create table audit_entry (
  id bigint generated always as identity primary key,
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
  remote_address text not null default ''
);
create index audit_entry_time on audit_entry (occurred_on);
create index audit_entry_subject on audit_entry (subject_type, subject_id);
