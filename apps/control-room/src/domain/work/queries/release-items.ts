import type { HotStatement } from '../../../kernel/database/index.ts';
import { sourcesOf } from '../life-cycle.ts';

/**
 * Ends items that step runs have. Only the step run that has an item ends it; for any other the row says how the item stands,
 * so that a word that is said twice can be told from one that is wrong. A failure that is not of the data is tried again as
 * often as the queue says; what came out of the item is handed on when it has ended, and dropped when it is tried again.
 */
export const RELEASE_ITEMS: HotStatement = {
  name: 'work.release-items',
  text: `
    with moment as materialized (
      select present() as now
    ), input as materialized (
      select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
        with ordinality as i (id, step_run_id, status, exception_type, exception_code, error, n)
    ), done as (
      update work_item w set
        status = case when t.again then 'NEW' else i.status::item_status end,
        retry_count = w.retry_count + t.again::int,
        position = case when t.again then nextval('work_item_id') else w.position end,
        version = w.version + 1, lease_id = null, exception_type = i.exception_type, exception_code = i.exception_code, error = i.error,
        end_time = m.now, updated_by = 0, updated_on = m.now
      from input i join work_item b on b.id = i.id join queue q on q.id = b.queue_id cross join moment m
        cross join lateral (select i.status = 'FAILED' and i.exception_type is distinct from 'business' and b.retry_count < q.auto_retry_limit as again) t
      where w.id = i.id and w.step_run_id = i.step_run_id and w.lease_id is not null and w.status in (${sourcesOf('succeed')})
      returning i.n, w.id, w.queue_id, w.status, w.device_id, w.process_run_id
    ), handed_on as (
      update work_item c set status = 'NEW', awaits_parent = false, version = c.version + 1, updated_on = m.now
      from done d, moment m where c.parent_id = d.id and c.awaits_parent and d.status <> 'NEW' and c.status in (${sourcesOf('hand on')})
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
    select d.status, w.status as stands, w.step_run_id = i.step_run_id as own
    from input i left join done d on d.n = i.n left join work_item w on w.id = i.id cross join (select count(*) from woken) k order by i.n`,
};
