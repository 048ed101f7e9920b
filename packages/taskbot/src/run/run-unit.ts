import type { Unit } from '../compile/unit.ts';
import { BotError } from '../declaration.ts';
import type { BotValue } from '../value.ts';
import { fieldsOf, type WorkItem } from '../work-item.ts';
import { closeNamed, openFrame, outputsOf, runBody } from './call-bot.ts';
import type { Frame } from './frame.ts';
import { Interruption } from './interruption.ts';
import { type Limits, Run, type RunHost } from './run.ts';
import type { RunControl } from './run-control.ts';
import { closeEach } from './sessions.ts';

export interface RunOptions {
  /** By the name of an input variable, letter case ignored. Names the bot does not have are left out. */
  readonly inputs?: ReadonlyMap<string, BotValue>;
  readonly host: RunHost;
  readonly limits?: Limits;
  readonly workItem?: WorkItem;
  readonly control?: RunControl;
}

export interface RunError {
  readonly message: string;
  /** Editor line in the bot at `botPath`, which may be a sub-bot; 0 before the first line. */
  readonly line: number;
  readonly botPath: string;
  /** `error`: the bot's own; the others ended the run from outside. */
  readonly reason: 'error' | 'stopped' | 'deadline' | 'steps';
}

export interface RunResult {
  readonly outcome: 'completed' | 'failed' | 'stopped';
  /** What the output variables held at the end; empty unless completed. */
  readonly outputs: Map<string, BotValue>;
  /** The work item's fields as the bot left them, when one of its variables was bound to them. */
  readonly workItemFields?: Map<string, BotValue>;
  readonly error?: RunError;
  /** How many nodes ran, turns of loops included. */
  readonly steps: number;
}

/** Runs a compiled bot to its end. Never rejects for what the bot does; sessions are closed whatever the outcome. */
export async function runUnit(unit: Unit, options: RunOptions): Promise<RunResult> {
  const run = new Run(options.host, options.limits ?? {}, options.control, options.workItem);
  let frame: Frame | undefined;
  try {
    frame = openFrame(run, unit, options.inputs ?? new Map(), 1);
    run.current = frame;
    await runBody(unit, frame);
    const workItemFields = boundFields(unit, frame, options.workItem);
    return {
      outcome: 'completed',
      outputs: outputsOf(unit, frame),
      ...(workItemFields === undefined ? {} : { workItemFields }),
      steps: run.steps,
    };
  } catch (error) {
    return failed(run, error, unit.path);
  } finally {
    run.end();
    if (frame !== undefined) await closeNamed(frame);
    await run.globalSessions.closeAll((problem) => options.host.log('warn', problem));
    await closeEach(run.sessions, (problem) => options.host.log('warn', problem));
  }
}

function failed(run: Run, error: unknown, path: string): RunResult {
  const at = run.progress();
  const place = { line: at.line, botPath: at.botPath === '' ? path : at.botPath };
  const interruption = error instanceof Interruption ? error : run.interruption;
  const steps = run.steps;
  if (interruption !== undefined) {
    const { message, reason } = interruption;
    const outcome = reason === 'stopped' ? 'stopped' : 'failed';
    return { outcome, outputs: new Map(), error: { message, ...place, reason }, steps };
  }
  const fault = error instanceof BotError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return {
    outcome: 'failed',
    outputs: new Map(),
    error: { message, line: fault?.line ?? place.line, botPath: fault?.botPath ?? place.botPath, reason: 'error' },
    steps,
  };
}

function boundFields(unit: Unit, frame: Frame, item: WorkItem | undefined): Map<string, BotValue> | undefined {
  if (item === undefined) return undefined;
  const slot = unit.scope.slots.find(({ variable }) => variable.workItem);
  return slot === undefined ? undefined : fieldsOf(frame.slots[slot.index] ?? null);
}
