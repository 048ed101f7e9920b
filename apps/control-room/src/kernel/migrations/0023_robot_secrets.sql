-- Secrets of robots: credentials that lie in the locker which their workspace keeps for them.
set local search_path = signalbox;

-- Whose robots may read what lies in it; Automation Anywhere's wire works in the first workspace.
alter table locker
  add column workspace_id bigint not null default 1 references workspace,
  add column for_robots boolean not null default false;
drop index locker_name;
create unique index locker_name on locker (workspace_id, lower(name));
create unique index locker_for_robots on locker (workspace_id) where for_robots;

alter table credential add column workspace_id bigint not null default 1 references workspace;
drop index credential_name;
create unique index credential_name on credential (workspace_id, lower(name));

-- Robots name their things at greater length than people do.
alter table credential drop constraint credential_name_check;
alter table credential add constraint credential_name_check check (length(name) between 1 and 255);
alter table credential_attribute drop constraint credential_attribute_name_check;
alter table credential_attribute add constraint credential_attribute_name_check check (length(name) between 1 and 255);

-- Its value is no text: a number, a list, an object, written as JSON.
alter table credential_attribute add column is_json boolean not null default false;

-- With its public half robots encrypt what they put. Not the pair of vault_transport_key: what came for one purpose must not open as the other.
create table robot_transport_key (
  only_one boolean primary key default true check (only_one),
  public_key text not null,
  sealed text not null,
  data_key text not null,
  vault_key_id bigint not null references vault_key,
  created_on timestamptz not null default present()
);
create index robot_transport_key_wrapped_by on robot_transport_key (vault_key_id);
