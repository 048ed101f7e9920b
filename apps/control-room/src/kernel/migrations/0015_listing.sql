set local search_path = signalbox;

-- What people look for in a long queue: items that went wrong or wait for them. The states that every item passes are
-- left out, so that the path of an item that goes well pays nothing for it.
create index work_item_state on work_item (queue_id, status, id) where status in ('FAILED', 'DATA_ERROR', 'ON_HOLD', 'UNKNOWN');
-- Items lie about in the order in which they were made: a range of days is a range of blocks.
create index work_item_created_on on work_item using brin (created_on) with (pages_per_range = 32);
