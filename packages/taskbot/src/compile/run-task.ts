import { toBoolean, toNumber, toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotNode, ReturnTo, TypedValue } from '../document/model.ts';
import { pathOfBot } from '../file-path.ts';
import { copyOf } from '../json.ts';
import { callBot } from '../run/call-bot.ts';
import type { Exec, Getter } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import type { BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { find } from './inputs.ts';
import { compileReturn } from './results.ts';
import { fetchSecrets, secretsIn } from './secrets.ts';
import { getterOf } from './source.ts';
import { fits, knownType, typeWords } from './static-type.ts';
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
  const taskbot = taskbotOf(node);
  if (taskbot === undefined) {
    context.report('missing-attribute', 'TaskBot.runTask: taskbot is not given. Choose the bot to run, or disable it', {
      packageName: 'TaskBot',
      command: 'runTask',
    });
    return () => undefined;
  }
  const unit = compileTarget(context, taskbot.file);
  const inputs = compileInputs(context, taskbot.input);
  const secrets = secretsIn(taskbot.input);
  const returnTo = node.returnTo ?? outputBindings(taskbot.output);
  const set = compileReturn(context, returnTo, 'TaskBot', 'DICTIONARY');
  if (unit.kind === 'known') checkCall(context, unit.unit, taskbot.input, returnTo);
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
  if (repetition.kind === 'once' && unit.kind === 'known' && secrets.length === 0)
    return (frame) => once(frame, unit.unit);
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
      if (secrets.length > 0) await fetchSecrets(frame, secrets);
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
  context.report(
    'missing-bot',
    `The bot "${literal}" is not there. Bring it to that path, or choose another bot in this line`,
  );
  return { kind: 'at-run', find: () => Promise.reject(new BotError(`The bot "${literal}" is not there`)) };
}

/** A TASKBOT value; one that is an expression names the bot's path and nothing else. */
function taskbotOf(node: BotNode): Extract<TypedValue, { kind: 'taskbot' }> | undefined {
  const value = find(node.attributes, ['taskbot'])?.value;
  if (value?.kind === 'taskbot') return value;
  if (value?.kind !== 'expression') return undefined;
  const file: TypedValue = { ...value, type: 'FILE' };
  return { kind: 'taskbot', type: 'TASKBOT', path: value.path, file, input: undefined, output: undefined };
}

/** `taskbotOutput` is empty, or a list of keys, in all real bots; where it binds keys to variables it is taken at its word. */
function outputBindings(output: TypedValue | undefined): ReturnTo | undefined {
  if (output?.kind !== 'dictionary') return undefined;
  const bindings = output.entries.flatMap(({ key, value }) =>
    value.kind === 'variable' && value.packageName === undefined ? [{ key, variableName: value.variableName }] : [],
  );
  return bindings.length === 0 ? undefined : { kind: 'dictionary', bindings };
}

/** What a bot is given and asked for, held against its variables. Real callers name some that are not there: warnings. */
function checkCall(
  context: Context,
  callee: Unit,
  input: TypedValue | undefined,
  returnTo: ReturnTo | undefined,
): void {
  for (const { key, value } of input?.kind === 'dictionary' ? input.entries : []) {
    const variable = callee.scope.find(key)?.variable;
    if (variable?.input !== true) {
      context.report(
        'unknown-input',
        `The bot "${callee.path}" has no input "${key}", so what is given for it is not used. Mark the variable as input there, or leave it out here`,
      );
      continue;
    }
    const known = knownType(context, value);
    const fit = known === undefined ? 'yes' : fits(known, variable.type);
    if (known === undefined || fit === 'yes') continue;
    context.report(
      fit === 'no' ? 'type-mismatch' : 'suspicious-type',
      `The input "${key}" of the bot "${callee.path}" is ${typeWords(variable.type)}, but it is given ${known.what}, ${typeWords(known.type)}. Give it a value of type ${variable.type}`,
    );
  }
  for (const { key } of returnTo?.kind === 'dictionary' ? returnTo.bindings : []) {
    if (callee.scope.find(key)?.variable.output === true) continue;
    context.report(
      'unknown-output',
      `The bot "${callee.path}" has no output "${key}", so its variable here keeps what it holds. Mark the variable as output there, or leave it out here`,
    );
  }
}

/** The path of a sub-bot, when the document says it outright. */
export function literalPath(file: TypedValue): string | undefined {
  return file.kind === 'text' ? pathOfBot(file.text) : undefined;
}

function compileInputs(context: Context, input: TypedValue | undefined): (frame: Frame) => Map<string, BotValue> {
  if (input === undefined || input.kind === 'empty') return () => new Map();
  if (input.kind === 'dictionary') {
    const entries = input.entries.map(
      ({ key, value }) => [key, getterOf(compileValue(context, value, 'TaskBot'))] as const,
    );
    return (frame) => {
      const given = new Map<string, BotValue>();
      for (const [key, get] of entries) given.set(key, copyOf(get(frame)));
      return given;
    };
  }
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
    `TaskBot.runTask: repeatOption "${word}" is not known, or its number of times is missing. Use DO_NOT_REPEAT, or a loop around the line`,
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
