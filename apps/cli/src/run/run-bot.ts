import { hostname, userInfo } from 'node:os';
import { ZonedDateTime } from '@js-joda/core';
import {
  type BotValue,
  type CompiledBot,
  type OutgoingRules,
  RunControl,
  type RunHost,
  type RunResult,
  type WorkItem,
} from '@signalbox/taskbot';
import type { Terminal } from '../command.ts';
import { style } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';
import type { ProgressLine } from './progress-line.ts';
import type { FindCredential } from './read-credentials.ts';

const LOOK_EVERY_MS = 100;

export interface RunOrder {
  readonly inputs: ReadonlyMap<string, BotValue>;
  readonly globals: ReadonlyMap<string, string>;
  readonly credential: FindCredential;
  readonly outgoing: OutgoingRules | undefined;
  /** Undefined where bots have no file system, as API Tasks. */
  readonly workFolder: string | undefined;
  readonly timeLimitMs: number | undefined;
  readonly workItem: WorkItem | undefined;
  readonly quiet: boolean;
}

/** Whether the person ended it: a bot that is stopped for another reason has failed. */
export interface RunEnd {
  readonly result: RunResult;
  readonly interrupted: boolean;
  readonly milliseconds: number;
}

/** Runs a bot in this process, with its log lines and a line of progress on the terminal's error stream. */
export async function runBot(
  bot: CompiledBot,
  order: RunOrder,
  terminal: Terminal,
  progress: ProgressLine,
): Promise<RunEnd> {
  const control = new RunControl();
  let interrupted = false;
  const onSignal = (): void => {
    // The second time, what does not hear is left behind.
    if (interrupted) process.exit(130);
    interrupted = true;
    control.stop('Stopped by Ctrl-C');
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const looking = setInterval(() => look(control, progress, terminal, order.quiet), LOOK_EVERY_MS);
  const began = performance.now();
  try {
    const result = await bot.run({
      inputs: order.inputs,
      control,
      host: hostOf(bot, order, terminal, progress),
      limits: order.timeLimitMs === undefined ? {} : { deadline: Date.now() + order.timeLimitMs },
      ...(order.workItem === undefined ? {} : { workItem: order.workItem }),
    });
    return { result, interrupted, milliseconds: performance.now() - began };
  } finally {
    clearInterval(looking);
    progress.clear();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

function hostOf(bot: CompiledBot, order: RunOrder, { stderr }: Terminal, progress: ProgressLine): RunHost {
  return {
    run: {
      botName: bot.path.slice(bot.path.lastIndexOf('/') + 1),
      botPath: bot.path,
      runId: `local-${process.pid}`,
      controlRoom: '',
      userName: userInfo().username,
      deviceName: hostname(),
      workFolder: order.workFolder,
    },
    log: (level, text) => {
      if (order.quiet && level === 'info') return;
      const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan';
      progress.write(`${style(stderr, colour, level.padEnd(5))} ${visible(text)}\n`);
    },
    now: () => ZonedDateTime.now(),
    globalValue: (name) => order.globals.get(name.toLowerCase()),
    credential: order.credential,
    ...(order.outgoing === undefined ? {} : { outgoing: order.outgoing }),
  };
}

/** Shows where the bot is; when it has paused itself, waits for the person, or ends it when there is none. */
function look(control: RunControl, progress: ProgressLine, { stdin }: Terminal, quiet: boolean): void {
  const at = control.progress;
  if (at === undefined || control.stopReason !== undefined) return;
  if (!control.paused) {
    if (!quiet) progress.show(at);
    return;
  }
  if (!stdin.isTTY) {
    control.stop('The bot pauses itself, and there is nobody at a terminal to let it go on');
    return;
  }
  if (stdin.listenerCount('data') > 0) return;
  progress.write(`The bot pauses itself at line ${at.line}. Press Enter to go on.\n`);
  stdin.once('data', () => {
    stdin.pause();
    control.resume();
  });
}
