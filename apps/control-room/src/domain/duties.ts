import { sql } from 'kysely';
import { forgetLeftBlobs } from '../kernel/blobs.ts';
import { forgetOldKeys } from '../kernel/idempotency.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { repeat } from '../kernel/repeating.ts';
import type { Domain } from './index.ts';
import { startWorkerDuty } from './worker-duty.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
/** How long deliveries that ended can be looked at, and repeated. */
const DELIVERY_DAYS = 30;
/**
 * After a start, or when the database was away, runners get this long to be heard again before their leases count as run
 * out: it was not they who were silent. Longer than a heartbeat.
 */
const GRACE_SECONDS = 15;

/**
 * What time alone brings about. Each duty says when the next thing is due; no replica is special, and several at once take
 * different rows.
 */
export function startDuties(kernel: Kernel, domain: Domain): { stop(): Promise<void> } {
  const { wakeUps, log, database, metrics } = kernel;
  const { work, runs, apiTasks, assistants, auditLog } = domain;
  const recovered = metrics.counter('work_items_recovered_total', 'Items taken back from runners that fell silent.');
  let recoverFrom: Temporal.Instant | undefined;

  const lostWork = repeat('lost work', log, async () => {
    recoverFrom ??= await database
      .first(sql<{ moment: Temporal.Instant }>`select present() + make_interval(secs => ${GRACE_SECONDS}) as moment`)
      .then((row) => row?.moment);
    const { recovered: items, next } = await work.sweeps.sweep(recoverFrom);
    const { requeued, lost } = await runs.sweeps.recover();
    if (items > 0) {
      recovered.inc(items);
      log.warn({ items }, 'Items of a silent runner were taken back.');
    }
    if (requeued + lost > 0) log.warn({ requeued, lost }, 'Runs of a silent runner were taken back or given up.');
    return next ?? undefined;
  });

  const lostServers = repeat('runs of lost servers', log, async () => {
    const lost = await apiTasks.onDemand.sweep();
    if (lost > 0) log.warn({ runs: lost }, 'Runs of a server that is gone ended as UNKNOWN.');
    return undefined;
  });

  // From when on tools could be heard here: a run is not lost because the server was away.
  let heardFrom: Temporal.Instant | undefined;
  const silentTools = repeat(
    'runs of assistants',
    log,
    async () => {
      heardFrom ??= await database
        .first(sql<{ moment: Temporal.Instant }>`select present() as moment`)
        .then((row) => row?.moment);
      const lost = heardFrom === undefined ? 0 : await assistants.runs.sweep(heardFrom);
      if (lost > 0) log.warn({ runs: lost }, 'Runs of assistants whose tool fell silent have failed.');
      return undefined;
    },
    MINUTE_SECONDS,
  );

  // A row of its own: what came together while no server was there may take minutes to seal.
  const sealing = repeat('sealing the audit log', log, async () => {
    await auditLog.sealer.sweep();
    await auditLog.shipping.sweep();
    return undefined;
  });

  wakeUps.on('deferred', () => lostWork.soon());
  // What the session had may wait for somebody else by now.
  wakeUps.on('session-over', () => lostWork.soon());
  wakeUps.on('clock', () => {
    for (const duty of [lostWork, lostServers, silentTools, sealing]) duty.soon();
  });
  wakeUps.onGap(() => {
    recoverFrom = undefined;
    heardFrom = undefined;
    lostWork.soon(1);
  });

  const workersOnDemand = startWorkerDuty(kernel, domain);

  const hourly = hourlyDuties(kernel, domain).map(([name, duty]) =>
    repeat(
      name,
      log,
      async () => {
        await duty();
        return undefined;
      },
      HOUR_SECONDS,
    ),
  );

  return {
    stop: async () => {
      await Promise.all(
        [lostWork, lostServers, silentTools, sealing, workersOnDemand, ...hourly].map((duty) => duty.stop()),
      );
    },
  };
}

/** At the start and every hour: what is too old is forgotten, what will be needed is made. */
function hourlyDuties({ database }: Kernel, domain: Domain): [name: string, duty: () => Promise<unknown>][] {
  const {
    assets,
    assistants,
    auditLog,
    fleet,
    identity,
    lifecycle,
    outbox,
    processes,
    repository,
    runs,
    schedules,
    taskPackages,
    triggers,
    vault,
    workspaces,
  } = domain;
  return [
    ['old idempotency keys', () => forgetOldKeys(database)],
    ['contents that nothing names', () => forgetLeftBlobs(database)],
    ['old sessions', () => identity.sweep()],
    ['tokens of tools', () => workspaces.toolTokens.sweep()],
    ['link tokens', () => fleet.linkTokens.sweep()],
    ['workers that are gone', () => fleet.onDemand.forget()],
    ['uploads of assets', () => assets.uploads.sweep()],
    ['old runs of assistants', () => assistants.runs.forget()],
    ['old versions of robots', () => taskPackages.sweep()],
    ['deleted files', () => repository.sweep()],
    ['old archives', () => lifecycle.sweep()],
    ['progress of items', () => runs.itemProgress.sweep()],
    ['progress of runs', () => runs.sweeps.forgetProgress()],
    ['old process runs', () => processes.sweep()],
    ['old runs', () => runs.sweeps.forget()],
    ['keys of the vault', () => vault.tend()],
    ['old occurrences', () => schedules.sweep()],
    ['old evaluations', () => triggers.sweep()],
    ['old deliveries', () => outbox.messages.forgetOlderThan(DELIVERY_DAYS)],
    ['months of the audit log', () => auditLog.partitions.prepare().then(() => auditLog.partitions.forget())],
  ];
}
