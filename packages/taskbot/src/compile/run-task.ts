import { toBoolean, toNumber, toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotNode, TypedValue } from '../document/model.ts';
import { pathOfBot } from '../file-path.ts';
import { copyOf } from '../json.ts';
import { callBot } from '../run/call-bot.ts';
import type { Exec, Getter } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import type { BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { find } from './inputs.ts';
import { compileReturn } from './results.ts';
import { getterOf } from './source.ts';
import type { Unit } from './unit.ts';
import { compileValue } from './values.ts';

/** How often a sub-bot runs: real bots say DO_NOT_REPEAT only; the other words are our reading of the editor's options. */
type Repetition =
  | { readonly kind: 'once' }
  | { readonly kind: 'endless' }
  | { readonly kind: 'times'; readonly times: Getter<number> };

const TIMES_WORDS = ['REPEAT_TIMES', 'REPEAT_N_TIMES', 'NUMBER_OF_TIMES', 'REPEAT_NUMBER_OF_TIMES', 'REPEAT'];
const ENDLESS_WORDS = ['REPEAT_UNTIL_STOPPED', 'REPEAT_INFINITELY', 'INFINITE'];
const UNIT_MS: Readonly<Record<string, number>> = {
  MILLISECONDS: 1,
  SECONDS: 1_000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
};

/** `TaskBot.runTask`: inputs and outputs by value, the result into a mapping or a dictionary. */
export function compileRunTask(context: Context, node: BotNode): Exec {
  const taskbot = find(node.attributes, ['taskbot'])?.value;
  if (taskbot?.kind !== 'taskbot') {
    context.report('missing-attribute', 'TaskBot.runTask: taskbot is not given', {
      packageName: 'TaskBot',
      command: 'runTask',
    });
    return () => undefined;
  }
  const unit = compileTarget(context, taskbot.file);
  const inputs = compileInputs(context, taskbot.input);
  const set = compileReturn(context, node.returnTo, 'TaskBot');
  const repetition = compileRepetition(context, node);
  const pause = compilePause(context, node);
  const flag = find(node.attributes, ['continueOnError'])?.value;
  const continues = flag === undefined ? () => false : getterOf(compileValue(context, flag, 'TaskBot'));

  const once = (frame: Frame, target: Unit): undefined | Promise<undefined> => {
    const finish = (outputs: Map<string, BotValue>) => set?.(frame, outputs);
    try {
      const outputs = callBot(frame, target, inputs(frame));
      if (!(outputs instanceof Promise)) finish(outputs);
      else {
        return outputs.then(finish).then(
          () => undefined,
          (error: unknown) => forgive(frame, error, toBoolean(continues(frame) ?? false)),
        );
      }
    } catch (error) {
      forgive(frame, error, toBoolean(continues(frame) ?? false));
    }
    return undefined;
  };
  if (repetition.kind === 'once' && unit.kind === 'known') return (frame) => once(frame, unit.unit);
  return async (frame) => {
    const target = unit.kind === 'known' ? unit.unit : await unit.find(frame);
    const times =
      repetition.kind === 'once' ? 1 : repetition.kind === 'times' ? repetition.times(frame) : Number.POSITIVE_INFINITY;
    for (let turn = 1; turn <= times; turn++) {
      if (turn > 1) {
        await pause(frame);
        frame.run.steps += 1;
        if (frame.run.steps >= frame.run.checkAt) await frame.run.checkpoint();
      }
      const running = once(frame, target);
      if (running !== undefined) await running;
    }
    return undefined;
  };
}

type Target =
  | { readonly kind: 'known'; readonly unit: Unit }
  | { readonly kind: 'at-run'; readonly find: (frame: Frame) => Promise<Unit> };

/** A literal path is resolved before anything runs; a path put together at run time, when it is known. */
function compileTarget(context: Context, file: TypedValue): Target {
  const literal = literalPath(file);
  if (literal === undefined) {
    const path = getterOf(compileValue(context, file, 'TaskBot'));
    return { kind: 'at-run', find: (frame) => frame.run.await(context.unitAtRun(pathOfBot(toText(path(frame))))) };
  }
  const unit = context.unitFor(literal);
  if (unit !== undefined) return { kind: 'known', unit };
  context.report('missing-bot', `The bot "${literal}" is not there`);
  return { kind: 'at-run', find: () => Promise.reject(new BotError(`The bot "${literal}" is not there`)) };
}

/** The path of a sub-bot, when the document says it outright. */
export function literalPath(file: TypedValue): string | undefined {
  return file.kind === 'text' ? pathOfBot(file.text) : undefined;
}

function compileInputs(context: Context, input: TypedValue | undefined): (frame: Frame) => Map<string, BotValue> {
  if (input === undefined || input.kind === 'empty') return () => new Map();
  const get = getterOf(compileValue(context, input, 'TaskBot'));
  return (frame) => {
    const given = get(frame);
    if (!(given instanceof Map)) throw new BotError('The inputs of a bot must be a dictionary');
    return new Map(Array.from(given, ([name, value]) => [name, copyOf(value)]));
  };
}

function compileRepetition(context: Context, node: BotNode): Repetition {
  const option = find(node.attributes, ['repeatOption'])?.value;
  const word = option?.kind === 'text' ? option.text.trim().toUpperCase() : 'DO_NOT_REPEAT';
  if (word === 'DO_NOT_REPEAT') return { kind: 'once' };
  if (ENDLESS_WORDS.includes(word)) return { kind: 'endless' };
  const times = find(node.attributes, ['repeatTimes', 'numberOfTimes', 'noOfTimes', 'times', 'repeatCount'])?.value;
  if (TIMES_WORDS.includes(word) && times !== undefined) {
    const get = getterOf(compileValue(context, times, 'TaskBot'));
    return { kind: 'times', times: (frame) => toNumber(get(frame)) };
  }
  context.report(
    'bad-value',
    `TaskBot.runTask: repeatOption "${word}" is not known, or its number of times is missing`,
  );
  return { kind: 'once' };
}

/** `delayNextRepetition` with the time to wait between two runs, in seconds unless a unit is given. */
function compilePause(context: Context, node: BotNode): (frame: Frame) => Promise<void> {
  const wanted = find(node.attributes, ['delayNextRepetition'])?.value;
  const time = find(node.attributes, ['delayTime', 'delay', 'repeatDelay'])?.value;
  const unit = find(node.attributes, ['timeUnit', 'delayUnit'])?.value;
  if (wanted === undefined || time === undefined) return async () => undefined;
  const isWanted = getterOf(compileValue(context, wanted, 'TaskBot'));
  const length = getterOf(compileValue(context, time, 'TaskBot'));
  const scale = UNIT_MS[unit?.kind === 'text' ? unit.text.toUpperCase() : 'SECONDS'] ?? 1_000;
  return async (frame) => {
    if (!toBoolean(isWanted(frame))) return;
    const wait = Promise.withResolvers<void>();
    const timer = setTimeout(wait.resolve, toNumber(length(frame)) * scale);
    try {
      await frame.run.await(wait.promise);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** With `continueOnError` a sub-bot's fault is told to those who watch, and the caller goes on. */
function forgive(frame: Frame, error: unknown, continues: boolean): undefined {
  const fault = frame.run.faultFrom(error, frame);
  if (!continues) throw fault;
  frame.host.log(
    'warn',
    `Line ${frame.line} goes on after an error in ${fault.botPath} line ${fault.line}: ${fault.message}`,
  );
}
