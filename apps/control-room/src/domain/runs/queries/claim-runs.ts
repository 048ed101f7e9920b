import type { HotStatement } from '../../../kernel/database/index.ts';
import { runSourcesOf } from '../life-cycle.ts';

/**
 * Gives device $1, whose session is holder $2, the runs it has free slots for: those that must run there, and where $3
 * says so those that any device of its pool may take; by priority, then by age. A slot is free when no live lease of the
 * session answers for it; nothing counts them otherwise. The device's row must be locked, or two polls of one device
 * would count the same slots.
 *
 * Two partial indexes over waiting runs serve the two halves; finished runs are not in them.
 */
export const CLAIM_RUNS: HotStatement = {
  name: 'runs.claim-runs',
  text: `
    with moment as materialized (
      select present() as now
    ), device as materialized (
      select d.id, m.pool_id, greatest(0, d.capacity - (
        select count(*) from run h join lease l on l.id = h.lease_id where h.device_id = d.id and l.holder = $2
      ))::int as free
      from device d left join device_pool_device m on m.device_id = d.id where d.id = $1
    ), bound as materialized (
      select r.id, r.priority from run r join app_user u on u.id = r.user_id
      where r.device_id = $1 and r.pool_ids is null and r.status in (${runSourcesOf('deploy')}) and not u.disabled and u.deleted_on is null
      order by r.priority desc, r.id limit (select free from device) for update of r skip locked
    ), pooled as materialized (
      select r.id, r.priority from run r join app_user u on u.id = r.user_id
      where $3 and r.pool_ids @> array[(select pool_id from device)] and r.status = 'QUEUED' and not u.disabled and u.deleted_on is null
      order by r.priority desc, r.id limit (select free from device) for update of r skip locked
    ), picked as materialized (
      select id from (select * from bound union all select * from pooled) p order by priority desc, id limit (select free from device)
    ), leased as (
      insert into lease (subject, holder, length, expires_on)
      select 'runs', $2, make_interval(secs => $4::float8), m.now + make_interval(secs => $4::float8) from moment m
      where exists (select from picked)
      on conflict (subject, holder) do update set length = excluded.length, expires_on = excluded.expires_on
      returning id
    ), taken as (
      update run r set status = 'DEPLOYED', version = r.version + 1, device_id = $1, lease_id = l.id, command = null, command_told = false,
        deployed_on = m.now, modified_by = 0, modified_on = m.now
      from picked p, leased l, moment m where r.id = p.id
      returning r.*
    )
    select t.id, t.version, t.kind, t.priority, t.deployment_id as "deploymentId", t.automation_name as "automationName",
      t.file_id as "fileId", t.file_path as "filePath", t.pool_ids as "poolIds", d.bot_input as "botInput", d.bot_label as "botLabel",
      d.run_elevated as "runElevated", d.hide_agent_ui as "hideAgentUi",
      json_build_object('id', u.id, 'username', u.username) as "runAsUser"
    from taken t join deployment d on d.id = t.deployment_id join app_user u on u.id = t.user_id
    order by t.priority desc, t.id`,
};
