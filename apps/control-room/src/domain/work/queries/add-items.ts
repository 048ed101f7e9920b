import type { HotStatement } from '../../../kernel/database/index.ts';

/**
 * Inserts any number of items of any queues with their payloads, their audit rows and their wake-ups, in one statement
 * and one commit. Rows answer in the order of the arrays.
 *
 * The moment is asked for once and written out: present() reads a table, and as the columns' default it was asked twice
 * for each row. Measured, 1,000 items, one connection: 16 ms then, 12 ms now. More in docs/benchmarks.md.
 */
export const ADD_ITEMS: HotStatement = {
  name: 'work.add-items',
  text: `
    with moment as materialized (
      select present() as now
    ), input as materialized (
      select nextval('work_item_id') as id, i.*
      from unnest($1::bigint[], $2::item_status[], $3::bytea[], $4::bytea[], $5::text[], $6::float8[], $7::timestamptz[], $8::bigint[], $9::text[])
        with ordinality as i (queue_id, status, processing_key, unique_hash, error, expires_in, expires_at, created_by, json, n)
      order by n
    ), added as (
      insert into work_item (id, position, queue_id, status, processing_key, unique_hash, error, expires_on, created_by, created_on, updated_by, updated_on)
      select id, id, queue_id, status, processing_key, unique_hash, error,
             coalesce(expires_at, m.now + make_interval(secs => expires_in)), created_by, m.now, created_by, m.now
      from input, moment m
    ), paid as (
      insert into work_item_payload (work_item_id, json) select id, json::json from input
    ), audited as (
      insert into audit_entry (occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, details, request_id, remote_address)
      select m.now, 'user', a.actor_id, a.actor_name, 'workItem.add', 'queue', a.queue_id::text, a.queue_name,
             json_build_object('count', a.count)::jsonb, a.request_id, a.address
      from unnest($10::bigint[], $11::text[], $12::bigint[], $13::text[], $14::int[], $15::text[], $16::text[])
        as a (actor_id, actor_name, queue_id, queue_name, count, request_id, address), moment m
    ), woken as materialized (
      select pg_notify('signalbox', 'queue:' || q) from (select distinct queue_id as q from input where status = 'NEW') d
    )
    select i.id, m.now as "createdOn" from input i cross join moment m cross join (select count(*) from woken) w order by i.n`,
};
