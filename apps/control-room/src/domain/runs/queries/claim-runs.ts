import type { HotStatement } from '../../../kernel/database/index.ts';
import { runSourcesOf } from '../life-cycle.ts';
import { deployPicked, FREE_SLOTS } from './deploy-picked.ts';

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
      select d.id, m.pool_id, ${FREE_SLOTS} as free
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
    ), ${deployPicked('$4')}
    select t.id, t.version, t.kind, t.priority, t.deployment_id as "deploymentId", t.automation_name as "automationName",
      t.file_id as "fileId", t.file_path as "filePath", t.pool_ids as "poolIds", d.bot_input as "botInput", d.bot_label as "botLabel",
      d.run_elevated as "runElevated", d.hide_agent_ui as "hideAgentUi",
      json_build_object('id', u.id, 'username', u.username) as "runAsUser"
    from taken t join deployment d on d.id = t.deployment_id join app_user u on u.id = t.user_id
    order by t.priority desc, t.id`,
};
