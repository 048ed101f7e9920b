import type { HotStatement } from '../../../kernel/database/index.ts';

/**
 * Inserts any number of items of any queues with their payloads, their audit rows and their wake-ups, in one statement
 * and one commit. Rows answer in the order of the arrays.
 *
 * Measured against one statement an item, and against statements in an explicit transaction: docs/benchmarks.md.
 */
export const ADD_ITEMS: HotStatement = {
  name: 'work.add-items',
  text: `
    with input as materialized (
      select nextval('work_item_id') as id, i.*
      from unnest($1::bigint[], $2::item_status[], $3::bytea[], $4::bytea[], $5::text[], $6::float8[], $7::timestamptz[], $8::bigint[], $9::text[])
        with ordinality as i (queue_id, status, processing_key, unique_hash, error, expires_in, expires_at, created_by, json, n)
      order by n
    ), added as (
      insert into work_item (id, queue_id, status, processing_key, unique_hash, error, expires_on, created_by, updated_by)
      select id, queue_id, status, processing_key, unique_hash, error,
             coalesce(expires_at, present() + make_interval(secs => expires_in)), created_by, created_by
      from input
      returning id, created_on
    ), paid as (
      insert into work_item_payload (work_item_id, json) select id, json::json from input
    ), audited as (
      insert into audit_entry (actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, details, request_id, remote_address)
      select 'user', a.actor_id, a.actor_name, 'workItem.add', 'queue', a.queue_id::text, a.queue_name,
             json_build_object('count', a.count)::jsonb, a.request_id, a.address
      from unnest($10::bigint[], $11::text[], $12::bigint[], $13::text[], $14::int[], $15::text[], $16::text[])
        as a (actor_id, actor_name, queue_id, queue_name, count, request_id, address)
    ), woken as materialized (
      select pg_notify('signalbox', 'queue:' || q) from (select distinct queue_id as q from input where status = 'NEW') d
    )
    select i.id, a.created_on as "createdOn" from input i join added a on a.id = i.id
    cross join (select count(*) from woken) w order by i.n`,
};
