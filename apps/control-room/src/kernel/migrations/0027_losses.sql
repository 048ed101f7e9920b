set local search_path = signalbox;

-- How often an item was lost with its runner while it was worked on; back to nothing when somebody puts it in line again.
alter table work_item add column losses int not null default 0;
