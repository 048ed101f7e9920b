import type { HotStatement } from '../../../kernel/database/index.ts';

/**
 * Gives step runs one item each of the run of a process: the n-th asks for one of queue $3[n] in process run $2[n], under the
 * lease that its own run has. A step run that has an item already is answered with that one: `held` says in which state.
 *
 * Several that ask for items of one queue are dealt them by their place among each other, because a row that this statement
 * has locked is not skipped by it. What an attempt before had made out of the item goes. The lease and the stop are read off the runs in the
 * same statement, so that one that was given up or stopped at this moment gets nothing.
 */
export const RESERVE_ITEMS: HotStatement = {
  name: 'work.reserve-items',
  plan: 'kept',
  text: `
    with moment as materialized (
      select present() as now
    ), input as materialized (
      select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) with ordinality as i (step_run_id, process_run_id, queue_id, n)
    ), held as materialized (
      select i.n, w.id, w.status from input i join work_item w on w.step_run_id = i.step_run_id and w.lease_id is not null
    ), asking as materialized (
      select i.*, r.lease_id, r.device_id, row_number() over (partition by i.process_run_id, i.queue_id order by i.n) as place
      from input i join run r on r.id = i.step_run_id and r.lease_id is not null
        join process_run p on p.id = i.process_run_id and p.state <> 'stopping'
      where not exists (select from held h where h.n = i.n)
    ), waiting as materialized (
      select g.process_run_id, g.queue_id, p.id, row_number() over (partition by g.process_run_id, g.queue_id order by p.processing_key, p.position) as place
      from (select process_run_id, queue_id, count(*) as wanted from asking group by 1, 2) g cross join lateral (
        select w.id, w.processing_key, w.position from work_item w
        where w.process_run_id = g.process_run_id and w.queue_id = g.queue_id and w.status = 'NEW'
        order by w.processing_key, w.position limit g.wanted for update skip locked
      ) p
    ), taken as (
      update work_item w set status = 'READY_TO_RUN', version = w.version + 1, attempts = w.attempts + 1,
        lease_id = a.lease_id, device_id = a.device_id, step_run_id = a.step_run_id,
        start_time = null, end_time = null, error = null, exception_type = null, exception_code = null, updated_by = 0, updated_on = m.now
      from asking a join waiting p using (process_run_id, queue_id, place), moment m
      where w.id = p.id
      returning a.n, w.id, w.device_id, w.queue_id
    ), stale as (
      delete from work_item d using taken t where d.parent_id = t.id and d.awaits_parent returning d.id
    ), emptied as (
      delete from work_item_payload p using stale s where p.work_item_id = s.id
    ), audited as (
      insert into audit_entry (occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, details)
      select m.now, 'device', t.device_id, '', 'workItem.claim', 'queue', t.queue_id::text, jsonb_build_object('items', t.items)
      from (select device_id, queue_id, jsonb_agg(id order by n) as items from taken group by 1, 2) t, moment m
    )
    select coalesce(t.id, h.id) as id, h.status as held
    from input i left join taken t on t.n = i.n left join held h on h.n = i.n order by i.n`,
};
