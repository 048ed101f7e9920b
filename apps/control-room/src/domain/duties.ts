import { sql } from 'kysely';
import { forgetOldKeys } from '../kernel/idempotency.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Domain } from './index.ts';

/** Even when nothing is due, somebody looks this often: a backstop, not the way things get done. */
const AT_LEAST_EVERY_SECONDS = 15;
const AT_MOST_EVERY_SECONDS = 0.25;
const HOUR = 3_600_000;
/** How long deliveries that ended can be looked at, and repeated. */
const DELIVERY_DAYS = 30;
/**
 * After a start, or when the database was away, runners get this long to be heard again before their leases count as run
 * out: it was not they who were silent. Longer than a heartbeat.
 */
const GRACE_SECONDS = 15;

/**
 * What time alone brings about. Each sweep says when the next thing is due, and the next sweep is then; no replica is
 * special, and several at once take different rows.
 */
export function startDuties(
  { wakeUps, log, database, metrics }: Kernel,
  { work, identity, repository, lifecycle, runs, apiTasks, outbox, vault, auditLog, schedules, triggers }: Domain,
): { stop(): Promise<void> } {
  const recovered = metrics.counter('work_items_recovered_total', 'Items taken back from runners that fell silent.');
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let recoverFrom: Temporal.Instant | undefined;

  function sweepIn(seconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(
      () => {
        running = sweep();
      },
      Math.max(AT_MOST_EVERY_SECONDS, Math.min(seconds, AT_LEAST_EVERY_SECONDS)) * 1000,
    );
  }

  async function sweep(): Promise<void> {
    try {
      recoverFrom ??= await database
        .first(sql<{ moment: Temporal.Instant }>`select present() + make_interval(secs => ${GRACE_SECONDS}) as moment`)
        .then((row) => row?.moment);
      const result = await work.sweeps.sweep(recoverFrom);
      const lost = await apiTasks.onDemand.sweep();
      const { requeued, lost: unknown } = await runs.sweeps.recover();
      if (requeued + unknown > 0)
        log.warn({ requeued, unknown }, 'Runs of a silent runner were taken back or given up.');
      if (lost > 0) log.warn({ runs: lost }, 'Runs of a server that is gone ended as UNKNOWN.');
      if (result.recovered > 0) {
        recovered.inc(result.recovered);
        log.warn({ items: result.recovered }, 'Items of a silent runner were taken back.');
      }
      await auditLog.sealer.sweep();
      await auditLog.shipping.sweep();
      sweepIn(result.next ?? AT_LEAST_EVERY_SECONDS);
    } catch (cause) {
      log.warn({ err: cause }, 'A sweep failed; the next one comes.');
      sweepIn(1);
    }
  }

  wakeUps.on('deferred', () => sweepIn(0));
  wakeUps.on('clock', () => sweepIn(0));
  // What the session had may wait for somebody else by now.
  wakeUps.on('session-over', () => sweepIn(0));
  wakeUps.onGap(() => {
    recoverFrom = undefined;
    sweepIn(1);
  });
  sweepIn(0);
  const tending = vault.tend();
  const hourly = setInterval(() => {
    Promise.all([
      forgetOldKeys(database),
      identity.sweep(),
      repository.sweep(),
      lifecycle.sweep(),
      runs.itemProgress.sweep(),
      runs.sweeps.forgetProgress(),
      runs.sweeps.forget(),
      vault.tend(),
      schedules.sweep(),
      triggers.sweep(),
      outbox.messages.forgetOlderThan(DELIVERY_DAYS),
      auditLog.partitions.prepare().then(() => auditLog.partitions.forget()),
    ]).catch((cause) => {
      log.warn({ err: cause }, 'What is too old was not forgotten; the next hour tries again.');
    });
  }, HOUR);

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(hourly);
      await Promise.all([running, tending]);
    },
  };
}
