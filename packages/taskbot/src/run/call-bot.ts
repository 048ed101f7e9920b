import { fetchSecrets } from '../compile/secrets.ts';
import type { Unit } from '../compile/unit.ts';
import { BotError, type Host } from '../declaration.ts';
import { copyOf } from '../json.ts';
import type { BotValue } from '../value.ts';
import { bindFields } from '../work-item.ts';
import { BotHost } from './bot-host.ts';
import type { Outcome } from './exec.ts';
import { Frame } from './frame.ts';
import type { Run } from './run.ts';
import { OpenSessions } from './sessions.ts';

export type Outputs = Map<string, BotValue>;

/** Runs a sub-bot in the run of its caller. Its named sessions are its own and end with it. */
export function callBot(caller: Frame, unit: Unit, inputs: ReadonlyMap<string, BotValue>): Outputs | Promise<Outputs> {
  const { run } = caller;
  if (caller.depth >= run.depth) throw new BotError(`Bots call each other more than ${run.depth} deep`);
  const frame = openFrame(run, unit, inputs, caller.depth + 1);
  const back = () => {
    // A run that was ended in the sub-bot shows that line to the last.
    if (run.interruption === undefined) run.current = caller;
  };
  const fail = (error: unknown): never => {
    // Gives the fault its line in the sub-bot before the caller adds its own.
    throw run.faultFrom(error, frame);
  };
  run.current = frame;
  let outcome: Outcome | Promise<Outcome>;
  try {
    outcome = runBody(unit, frame);
  } catch (error) {
    outcome = Promise.reject(error);
  }
  if (outcome instanceof Promise) {
    return outcome
      .then(() => outputsOf(unit, frame), fail)
      .finally(async () => {
        await closeNamed(frame);
        back();
      });
  }
  const outputs = outputsOf(unit, frame);
  back();
  return frame.sessions.size > 0 ? closeNamed(frame).then(() => outputs) : outputs;
}

/** The frame of one call: defaults, then inputs, then the work item's fields. Inputs the bot does not have are left out. */
export function openFrame(run: Run, unit: Unit, inputs: ReadonlyMap<string, BotValue>, depth: number): Frame {
  const slots = new Array<BotValue>(unit.scope.slots.length).fill(null);
  const sessions = new OpenSessions(run.globalSessions);
  const frame = new Frame(run, hostFor(run, unit, depth, sessions), sessions, unit.path, slots, depth);
  unit.initialise(frame);
  for (const [name, value] of inputs) {
    const slot = unit.scope.find(name);
    if (slot?.variable.input === true) slot.set(frame, value);
  }
  if (run.workItem !== undefined) {
    for (const slot of unit.scope.slots) {
      if (slot.variable.workItem) frame.slots[slot.index] = bindFields(slot.variable, run.workItem.fields);
    }
  }
  return frame;
}

/** What a bot's actions see: the run's host, with the bot's own name and sessions. */
function hostFor(run: Run, unit: Unit, depth: number, sessions: OpenSessions): Host {
  return new BotHost(run, depth === 1 ? run.host.run : run.factsOf(unit.path), sessions);
}

/** Runs the bot's nodes, after fetching the secrets its CREDENTIAL variables stand for. */
export function runBody(unit: Unit, frame: Frame): Outcome | Promise<Outcome> {
  return unit.credentials.length === 0 ? unit.body(frame) : fetchThenRun(unit, frame);
}

async function fetchThenRun(unit: Unit, frame: Frame): Promise<Outcome> {
  for (const { slot, references, get } of unit.credentials) {
    // What the caller gave as an input stands instead of the default.
    if (frame.slots[slot.index] !== null) continue;
    await fetchSecrets(frame, references);
    slot.set(frame, get(frame));
  }
  return unit.body(frame);
}

/** What the output variables hold at the end, copied. */
export function outputsOf(unit: Unit, frame: Frame): Outputs {
  const outputs: Outputs = new Map();
  for (const { index, variable } of unit.scope.slots) {
    if (variable.output) outputs.set(variable.name, copyOf(frame.slots[index] ?? null));
  }
  return outputs;
}

export function closeNamed(frame: Frame): Promise<void> {
  return frame.sessions.closeAll((problem) => frame.host.log('warn', problem));
}
