import type { HotStatement } from '../../kernel/database/index.ts';

/**
 * Gives device $1, whose session is holder $2, waiting step runs of its workspace for which it is the place, as many as it has
 * free slots; in the order in which they were asked for. The device's row must be locked, or two polls of one device would
 * count the same slots. A partial index over waiting step runs serves it; there are never more than workers have slots for.
 */
export const CLAIM_STEP_RUNS: HotStatement = {
  name: 'processes.claim-step-runs',
  text: `
    with moment as materialized (
      select present() as now
    ), device as materialized (
      select d.id, d.workspace_id, array(select m.group_id from worker_group_member m where m.device_id = d.id) as groups, greatest(0, d.capacity - (
        select count(*) from run h join lease l on l.id = h.lease_id where h.device_id = d.id and l.holder = $2
      ))::int as free
      from device d where d.id = $1
    ), picked as materialized (
      select r.id from device d, run r join step_run s on s.run_id = r.id
      where r.kind = 'STEP' and r.status = 'QUEUED' and s.workspace_id = d.workspace_id
        and (s.device_id is null or s.device_id = d.id) and (s.worker_group_id is null or s.worker_group_id = any(d.groups))
      order by r.id limit (select free from device) for update of r skip locked
    ), leased as (
      insert into lease (subject, holder, length, expires_on)
      select 'runs', $2, make_interval(secs => $3::float8), m.now + make_interval(secs => $3::float8) from moment m
      where exists (select from picked)
      on conflict (subject, holder) do update set length = excluded.length, expires_on = excluded.expires_on
      returning id
    ), taken as (
      update run r set status = 'DEPLOYED', version = r.version + 1, device_id = $1, lease_id = l.id, command = null, command_told = false,
        deployed_on = m.now, modified_by = 0, modified_on = m.now
      from picked p, leased l, moment m where r.id = p.id
      returning r.id, r.version
    )
    select t.id, t.version, s.process_run_id as "processRunId", s.step_id as "stepId", pr.process_id as "processId", pr.number
    from taken t join step_run s on s.run_id = t.id join process_run pr on pr.id = s.process_run_id order by t.id`,
};
