import type { HotStatement } from '../../../kernel/database/index.ts';
import { sourcesOf } from '../life-cycle.ts';

/** Reads item $1 of process run $2, and begins with it when step run $3 was given it and has not looked at it before. */
export const OPEN_ITEM: HotStatement = {
  name: 'work.open-item',
  plan: 'kept',
  text: `
    with begun as (
      update work_item set status = 'ACTIVE', start_time = present(), updated_on = present()
      where id = $1 and step_run_id = $3::uuid and lease_id is not null and status in (${sourcesOf('start')})
    )
    select w.id, y.json as payload from work_item w left join work_item_payload y on y.work_item_id = w.id
    where w.id = $1 and w.process_run_id = $2::uuid`,
};
