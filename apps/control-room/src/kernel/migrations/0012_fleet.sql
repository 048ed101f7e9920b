set local search_path = signalbox;

alter table device
  -- Somebody wants it empty: it finishes what it has and is given nothing more.
  add column draining_since timestamptz,
  add column draining_reason text not null default '',
  -- Runs in a row that went wrong because of the device, and how often it was set apart for that.
  add column failures int not null default 0,
  add column quarantines int not null default 0,
  add column quarantined_until timestamptz,
  add column last_failure text not null default '',
  add column last_failure_on timestamptz;

-- How many users may have a licence feature. Without a row as many as there are.
create table license_limit (
  feature text primary key,
  purchased int not null check (purchased >= 0),
  updated_by bigint not null,
  updated_on timestamptz not null default present()
);
