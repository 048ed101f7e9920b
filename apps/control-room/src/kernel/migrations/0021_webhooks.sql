-- Whom to tell when runs of processes begin and end; and messages that are counted, signed in their own way, and seen by a workspace.
set local search_path = signalbox;

create table webhook (
  id uuid primary key,
  workspace_id bigint not null references workspace on delete cascade,
  -- Null: of all processes.
  process_id uuid,
  events text[] not null check (cardinality(events) > 0),
  -- {"endpoint", "secret"}: the address may hold a key, too.
  sealed text not null,
  -- What of the address may be shown to anybody.
  origin text not null,
  created_by bigint not null default 0,
  created_on timestamptz not null default present()
);
create index webhook_workspace on webhook (workspace_id, id);

alter table outbox_message
  add column signature text not null default 'standard' check (signature in ('standard', 'body', 'on-demand')),
  -- Whose members see it; null: its creator only.
  add column workspace_id bigint references workspace on delete set null,
  -- Messages of one stream are counted without holes, in the order in which they are first seen to be there.
  add column stream text,
  add column sequence bigint;
create unique index outbox_message_stream on outbox_message (stream, sequence) where stream is not null;
create index outbox_message_uncounted on outbox_message (stream, id) where stream is not null and sequence is null;
create index outbox_message_workspace on outbox_message (workspace_id, id) where workspace_id is not null;

-- Apart from the messages: those are forgotten some day, and the count goes on.
create table outbox_stream (
  name text primary key,
  last bigint not null
);
