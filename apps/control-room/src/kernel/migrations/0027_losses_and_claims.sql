set local search_path = signalbox;

-- How often an item was lost with its runner while it was worked on; back to nothing when somebody puts it in line again.
alter table work_item add column losses int not null default 0;

-- The version that the claim gave out under which a runner has the item, null while none has it. What the runner says of the
-- item counts under this one: somebody may comment on the item meanwhile, which raises its version.
alter table work_item add column claim_version int;
update work_item set claim_version = version where lease_id is not null and step_run_id is null;

-- When the robot of the run last ended an item: its device is not to blame for what came before that.
alter table run add column last_item_on timestamptz;
