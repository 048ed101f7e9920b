import type { HotStatement } from '../../../kernel/database/index.ts';
import { sourcesOf } from '../life-cycle.ts';

/** A failure that is not of the data is tried again as often as the queue says. */
const AGAIN = `(i.status = 'FAILED' and i.exception_type is distinct from 'business' and w.retry_count < q.auto_retry_limit)`;

/**
 * Ends items that step runs have, and answers which and how; only the step run that has an item ends it. What came out of the
 * item is handed on when it has ended, and dropped when it is tried again. It is found by its parent; as text its status leads to
 * no index, or all that are put aside might be read.
 */
export const RELEASE_ITEMS: HotStatement = {
  name: 'work.release-items',
  plan: 'kept',
  text: `
    with moment as materialized (
      select present() as now
    ), input as materialized (
      select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
        with ordinality as i (id, step_run_id, status, exception_type, exception_code, error, n)
    ), done as (
      update work_item w set
        status = case when ${AGAIN} then 'NEW' else i.status::item_status end,
        retry_count = w.retry_count + ${AGAIN}::int,
        position = case when ${AGAIN} then nextval('work_item_id') else w.position end,
        version = w.version + 1, lease_id = null, exception_type = i.exception_type, exception_code = i.exception_code, error = i.error,
        end_time = m.now, updated_by = 0, updated_on = m.now
      from input i, queue q, moment m
      where w.id = i.id and q.id = w.queue_id
        and w.step_run_id = i.step_run_id and w.lease_id is not null and w.status in (${sourcesOf('succeed')})
      returning i.n, i.exception_type, w.id, w.queue_id, w.status, w.device_id, w.process_run_id, w.step_run_id
    ), noted as (
      update run r set last_item_on = m.now from done d, moment m where r.id = d.step_run_id and d.exception_type is distinct from 'orchestrator'
    ), handed_on as (
      update work_item c set status = 'NEW', awaits_parent = false, version = c.version + 1, updated_on = m.now
      from done d, moment m where c.parent_id = d.id and c.awaits_parent and d.status <> 'NEW' and c.status::text in (${sourcesOf('hand on')})
      returning c.queue_id, c.process_run_id
    ), dropped as (
      delete from work_item c using done d where c.parent_id = d.id and c.awaits_parent and d.status = 'NEW' returning c.id
    ), emptied as (
      delete from work_item_payload p using dropped x where p.work_item_id = x.id
    ), audited as (
      insert into audit_entry (occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, details)
      select m.now, 'device', coalesce(d.device_id, 0), '', 'workItem.finish', 'queue', d.queue_id::text, jsonb_object_agg(d.status, d.items)
      from (select device_id, queue_id, status, jsonb_agg(id) as items from done group by 1, 2, 3) d, moment m group by m.now, device_id, queue_id
    ), woken as materialized (
      select pg_notify('signalbox', topic) from (
        select 'queue:' || queue_id as topic from handed_on union select 'process-run:' || process_run_id from handed_on
      ) t
    )
    select d.n::int, d.status from done d cross join (select count(*) from woken) k`,
};
