import { mkdirSync } from 'node:fs';
import type { Artifacts } from './artifacts.ts';
import type { BotProcess } from './bot-process.ts';
import { type BotOutcome, describeFailure, type Job } from './bot-protocol.ts';
import type { Bundle, RunCommand, RunOrder } from './protocol.ts';
import type { RunReporter } from './run-reporter.ts';
import type { AtWork, RunEnd, RunKind, RunSlot } from './run-work.ts';
import type { Surroundings } from './workload.ts';

/** How runs end that were not ended by their bots. */
const STATUS_OF = {
  refused: 'DEPLOY_FAILED',
  device: 'DEPLOY_FAILED',
  stopped: 'RUN_ABORTED',
  deadline: 'RUN_TIMED_OUT',
  error: 'RUN_FAILED',
  steps: 'RUN_FAILED',
  crashed: 'RUN_FAILED',
} as const;

/** Deployed bots: each runs in the bot process of its slot. */
export class BotRuns implements RunKind<RunOrder> {
  readonly #around: Surroundings;
  readonly #reporter: RunReporter;
  readonly #artifacts: Artifacts;

  constructor(around: Surroundings, reporter: RunReporter, artifacts: Artifacts) {
    this.#around = around;
    this.#reporter = reporter;
    this.#artifacts = artifacts;
  }

  prepare(order: RunOrder): void {
    this.#around.bundles.fetch(order.bot, order.id);
  }

  start(order: RunOrder, slot: RunSlot): AtWork {
    const { process } = slot;
    const inProcess = Promise.withResolvers<void>();
    // What is wished of a bot that is not in its process yet is said to it there.
    const whenThere = (say: () => void): void => void inProcess.promise.then(say);
    const ended = this.#run(order, slot, inProcess.resolve);
    return {
      ended,
      obey: (command) => {
        whenThere(() => wish(process, command));
        // Also a bot that had not come to stand yet goes on: the wish is fulfilled.
        if (command === 'RESUME') this.#reporter.held(order, false);
      },
      stop: (reason) => whenThere(() => process.stop(reason)),
    };
  }

  async #run(order: RunOrder, { process, begin }: RunSlot, onRunning: () => void): Promise<RunEnd> {
    const bundle = await this.#around.bundles.get(order.bot);
    const folder = this.#artifacts.folderOf(order);
    mkdirSync(folder, { recursive: true });
    let totalLines = 0;
    const ended = process.run(this.#jobOf(order, bundle, folder), bundle, this.#around.globals, {
      onCredential: (question) =>
        this.#around.credentials.fetch({ run: { id: order.id, version: order.version } }, question),
      onLog: (line) => this.#reporter.say(order.id, line),
      onProgress: (progress) => this.#reporter.progress(order, progress),
      onReady: (lines) => {
        totalLines = lines;
        return begin(lines);
      },
      onHeld: (held) => this.#reporter.held(order, held),
    });
    onRunning();
    return endOf(await ended, totalLines);
  }

  #jobOf(order: RunOrder, bundle: Bundle, workFolder: string): Job {
    const { configuration, hostName } = this.#around;
    return {
      runId: order.id,
      subject: `run ${order.id}/${order.version}`,
      bundle: bundle.hash,
      botInput: order.botInput,
      userName: order.runAsUser.username,
      deviceName: hostName,
      controlRoom: configuration.url,
      workFolder,
      timeLimitMs: configuration.runTimeLimitMs,
      waitsToBegin: true,
      outgoing: { allow: configuration.outgoingAllow, deny: configuration.outgoingDeny },
    };
  }
}

function wish(process: BotProcess, command: RunCommand['command']): void {
  if (command === 'PAUSE') process.pause();
  else if (command === 'RESUME') process.resume();
  else process.stop('Somebody stopped it.');
}

function endOf(outcome: BotOutcome, totalLines: number): RunEnd {
  const { failure } = outcome;
  return {
    status: failure ? STATUS_OF[failure.reason] : 'COMPLETED',
    ...(failure ? { message: describeFailure(failure), line: failure.line, botPath: failure.botPath } : {}),
    ...(failure?.reason === 'device' ? { deviceFault: true } : {}),
    outputs: outcome.typedOutputs,
    ...(totalLines > 0 ? { totalLines } : {}),
  };
}
