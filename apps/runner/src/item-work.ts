import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotProcess } from './bot-process.ts';
import { describeFailure, type Job } from './bot-protocol.ts';
import type { Assignment, ClaimedItem, HeldItem } from './protocol.ts';
import type { Reporter } from './reporter.ts';
import type { Surroundings, Task, Workload } from './workload.ts';

interface Staged {
  readonly item: ClaimedItem;
  readonly assignment: Assignment;
}

/** Work items: taken in batches, so that none of the bot processes is idle while the next batch comes. */
export class ItemWork implements Workload {
  readonly #around: Surroundings;
  readonly #reporter: Reporter;
  readonly #workFolder: string;
  readonly #running = new Map<number, { staged: Staged; process: BotProcess; lost: boolean }>();
  #staged: Staged[] = [];

  constructor(around: Surroundings, reporter: Reporter) {
    this.#around = around;
    this.#reporter = reporter;
    this.#workFolder = join(around.configuration.dataDir, 'work');
    mkdirSync(this.#workFolder, { recursive: true });
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#staged.length;
  }

  /** All that this device answers for: what it does not name the server takes for lost on the way. */
  get held(): readonly HeldItem[] {
    return [
      ...this.#staged.map(({ item }) => item),
      ...[...this.#running.values()].map(({ staged }) => staged.item),
      ...this.#reporter.undelivered,
    ];
  }

  stage(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) {
      this.#around.bundles.fetch(assignment.bot);
      for (const item of assignment.items) this.#staged.push({ item, assignment });
    }
    if (assignments.length > 0) this.#around.onWork();
  }

  next(): Task | undefined {
    const staged = this.#staged.shift();
    return staged && ((process) => this.#work(process, staged));
  }

  loseAll(): void {
    this.#staged = [];
    for (const run of this.#running.values()) this.#lose(run);
  }

  /**
   * The server no longer counts on us for these versions. An item may have come back meanwhile under a new one, and that
   * one is ours.
   */
  drop(lost: readonly HeldItem[]): void {
    const versions = new Map(lost.map(({ id, version }) => [id, version]));
    const isLost = ({ item }: Staged): boolean => versions.get(item.id) === item.version;
    this.#staged = this.#staged.filter((staged) => !isLost(staged));
    for (const run of this.#running.values()) if (isLost(run.staged)) this.#lose(run);
  }

  handBackWaiting(): void {
    this.#reporter.handBack(...this.#staged.map(({ item }) => item));
    this.#staged = [];
  }

  stopRunning(reason: string): void {
    for (const { process } of this.#running.values()) process.stop(reason);
  }

  #lose(run: { lost: boolean; process: BotProcess }): void {
    run.lost = true;
    run.process.stop('The item was given to another runner.');
  }

  async #work(process: BotProcess, staged: Staged): Promise<void> {
    const { item, assignment } = staged;
    const startTime = new Date().toISOString();
    const run = { staged, process, lost: false };
    this.#running.set(item.id, run);
    this.#reporter.begun(item, startTime);
    try {
      const bundle = await this.#around.bundles.get(assignment.bot);
      // The bot may have changed since the claim; what was fetched is what runs.
      const outcome = await process.run(this.#jobOf(staged, bundle), bundle, this.#around.globals, {
        onCredential: (question) =>
          this.#around.credentials.fetch({ item: { id: item.id, version: item.version } }, question),
        onLog: ({ level, text, occurredOn }) => this.#reporter.say({ workItemId: item.id, level, text, occurredOn }),
        onProgress: ({ botPath, line, steps }) => this.#reporter.progress(item, { botPath, line, steps }),
      });
      if (run.lost) return;
      if (outcome.outcome === 'stopped' && this.#around.stopping.aborted) {
        this.#reporter.handBack(item);
        return;
      }
      this.#reporter.ended({
        id: item.id,
        version: item.version,
        status: outcome.outcome === 'completed' ? 'COMPLETED' : 'FAILED',
        result: resultOf(outcome.outputs),
        ...(outcome.failure === undefined ? {} : { error: describeFailure(outcome.failure) }),
        ...(Object.keys(outcome.outputs).length === 0 ? {} : { output: outcome.outputs }),
        startTime,
        endTime: new Date().toISOString(),
      });
    } catch (cause) {
      this.#reporter.handBack(item);
      this.#around.log.error({ err: cause, item: item.id }, 'An item could not be run and is handed back.');
      await sleep(1_000);
    } finally {
      this.#running.delete(item.id);
    }
  }

  #jobOf({ item, assignment }: Staged, bundle: { readonly hash: string }): Job {
    const { configuration, hostName } = this.#around;
    return {
      runId: `${item.id}-${item.version}`,
      subject: `item ${item.id}/${item.version}`,
      workItem: {
        id: item.id,
        attempt: item.attempts,
        queueName: assignment.queueName,
        columns: assignment.columns,
        json: item.json,
      },
      bundle: bundle.hash,
      botInput: assignment.botInput,
      userName: assignment.runAsUser.username,
      deviceName: hostName,
      controlRoom: configuration.url,
      workFolder: this.#workFolder,
      timeLimitMs: configuration.timeLimitMs,
      // An item that was begun may be given out again: its queue says how often.
      waitsToBegin: false,
      outgoing: { allow: configuration.outgoingAllow, deny: configuration.outgoingDeny },
    };
  }
}

/** `workItemResult` is the word that an item shows as its result (our own convention). */
function resultOf(outputs: Readonly<Record<string, unknown>>): string {
  const name = Object.keys(outputs).find((key) => key.toLowerCase() === 'workitemresult');
  return name === undefined ? '' : String(outputs[name] ?? '');
}
