import type { HotStatement } from '../../kernel/database/index.ts';
import { deployPicked, FREE_SLOTS } from '../runs/index.ts';

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
      select d.id, d.workspace_id, array(select m.group_id from worker_group_member m where m.device_id = d.id) as groups, ${FREE_SLOTS} as free
      from device d where d.id = $1
    ), picked as materialized (
      select r.id from device d, run r join step_run s on s.run_id = r.id
      where r.kind = 'STEP' and r.status = 'QUEUED' and s.workspace_id = d.workspace_id
        and (s.device_id is null or s.device_id = d.id) and (s.worker_group_id is null or s.worker_group_id = any(d.groups))
      order by r.id limit (select free from device) for update of r skip locked
    ), ${deployPicked('$3')}
    select t.id, t.version, s.process_run_id as "processRunId", s.step_id as "stepId", pr.process_id as "processId", pr.number
    from taken t join step_run s on s.run_id = t.id join process_run pr on pr.id = s.process_run_id order by t.id`,
};
