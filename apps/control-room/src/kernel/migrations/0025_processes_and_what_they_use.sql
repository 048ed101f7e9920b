-- What steps of processes refer to was made after them.
set local search_path = signalbox;

alter table process_step add constraint process_step_package foreign key (task_package_id) references task_package;
alter table process_step add constraint process_step_group foreign key (worker_group_id) references worker_group;
create index process_step_package on process_step (task_package_id);
create index process_step_group on process_step (worker_group_id) where worker_group_id is not null;

-- Files go with their items, by whatever statement: their contents are taken away later.
create function leave_item_files() returns trigger language plpgsql as $$
begin
  insert into signalbox.blob_left (sha256) select distinct content_sha256 from gone
    on conflict (sha256) do update set left_on = excluded.left_on;
  return null;
end $$;
create trigger work_item_file_deleted after delete on work_item_file
  referencing old table as gone for each statement execute function leave_item_files();
create trigger work_item_file_replaced after update on work_item_file
  referencing old table as gone for each statement execute function leave_item_files();

create index process_run_ended on process_run (ended_on) where ended_on is not null;
