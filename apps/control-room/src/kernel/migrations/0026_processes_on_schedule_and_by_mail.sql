set local search_path = signalbox;

-- What a schedule or a trigger begins may be the run of a process: schedule_occurrence, trigger_event and trigger_evaluation
-- have its id in deployment_id, and file_id is 0, as of the runs of steps.

alter table trigger_happening drop constraint trigger_happening_kind_check;
alter table trigger_happening add constraint trigger_happening_kind_check check (kind in ('RUN_END', 'FILE_SAVED', 'PROCESS_RUN_END'));

-- A run that has failed items ends again when these are tried again.
create function note_process_run_end() returns trigger language plpgsql set search_path = signalbox as $$
begin
  if exists (select from event_trigger t join schedule_occurrence o on o.schedule_id = (t.settings ->> 'scheduleId')::bigint
      where t.status = 'ACTIVE' and t.kind = 'SCHEDULE_END' and o.deployment_id = new.id) then
    insert into trigger_happening (kind, run_id) values ('PROCESS_RUN_END', new.id);
    perform pg_notify('signalbox', 'happening:*');
  end if;
  return null;
end $$;
create trigger process_run_end_noted after update on process_run for each row
  when (old.state <> new.state and new.state in ('completed', 'unresolved')) execute function note_process_run_end();

-- What becomes of a mail that comes to a process (contract robocorp §8.4): read, or put into the item as it is; a run begins
-- with it, or it waits in the input.
alter table process
  add column mail_parse boolean not null default true,
  add column mail_start boolean not null default true;
