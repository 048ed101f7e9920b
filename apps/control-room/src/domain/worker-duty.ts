import type { Kernel } from '../kernel/kernel.ts';
import { type Repeating, repeat } from '../kernel/repeating.ts';
import type { Domain } from './index.ts';
import { STEP_RUNS } from './runs/index.ts';

/** Asks for workers where step runs wait for a group that has a provider, and stops those that have nothing to do. */
export function startWorkerDuty({ wakeUps, log }: Kernel, { fleet, processes }: Domain): Repeating {
  const duty = repeat('workers on demand', log, async () => {
    const groups = await fleet.onDemand.groupIds();
    if (groups.size === 0) return undefined;
    for (const { groupId, count } of await processes.groups.waitingByGroup())
      if (groups.has(groupId)) await fleet.onDemand.needed(groupId, count);
    return fleet.onDemand.tend();
  });
  for (const topic of [STEP_RUNS, 'fleet-changed', 'clock']) wakeUps.on(topic, () => duty.soon());
  return duty;
}
