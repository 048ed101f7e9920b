import { toText } from '../conversion.ts';
import { BotError } from '../declaration.ts';
import type { BotNode, TypedValue } from '../document/model.ts';
import { type Exec, type Outcome, type Step, sequence } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import type { CompileSteps, Context } from './context.ts';
import { find } from './inputs.ts';
import type { Setter } from './scope.ts';
import { getterOf } from './source.ts';
import { compileValue } from './values.ts';

const EVERY_EXCEPTION = 'botexception';

interface Catch {
  readonly exception: string;
  readonly bind: (frame: Frame, fault: BotError, line: number) => void;
  readonly body: Exec;
  readonly continues: boolean;
}

/** `try` with any number of `catch` (the first that fits) and one `finally`. */
export function compileTry(context: Context, node: BotNode, steps: CompileSteps): Exec {
  const tried = steps(context, node.children);
  const catches: Catch[] = [];
  let last: Exec | undefined;
  for (const branch of node.branches) {
    if (branch.disabled) continue;
    context.line = branch.line;
    const word = branch.commandName.toLowerCase();
    if (word === 'catch' && last === undefined) catches.push(compileCatch(context, branch, steps));
    else if (word === 'finally' && last === undefined) last = sequence(steps(context, branch.children));
    else
      context.report(
        'misplaced-branch',
        `"${branch.commandName}" cannot stand here: after try come catch and one finally. Move it, or disable it`,
      );
  }
  const guarded = guardSteps(tried, catches);
  return last === undefined ? guarded : withFinally(guarded, last);
}

/**
 * A catch that continues on error goes on with the line after the failed one (our reading of the option; real bots
 * set it twice), so each line of the try is guarded on its own; any other guards them together.
 */
function guardSteps(steps: readonly Step[], catches: readonly Catch[]): Exec {
  if (catches.length === 0) return sequence(steps);
  const body = catches.some((one) => one.continues)
    ? sequence(steps.map((step) => ({ line: step.line, exec: withCatches(step.exec, catches, true) })))
    : sequence(steps);
  return withCatches(body, catches, false);
}

function withCatches(body: Exec, catches: readonly Catch[], continues: boolean): Exec {
  const handle = (frame: Frame, error: unknown): Outcome | Promise<Outcome> => {
    const fault = frame.run.faultFrom(error, frame);
    const name = fault.exceptionName.toLowerCase();
    const fitting = catches.find((one) => one.exception === EVERY_EXCEPTION || one.exception === name);
    if (fitting === undefined || fitting.continues !== continues) throw fault;
    // The line of this bot at which it happened: for a fault of a sub-bot, the line that called it.
    fitting.bind(frame, fault, frame.line);
    return fitting.body(frame);
  };
  return (frame) => {
    try {
      const outcome = body(frame);
      return outcome instanceof Promise ? outcome.catch((error: unknown) => handle(frame, error)) : outcome;
    } catch (error) {
      return handle(frame, error);
    }
  };
}

/** Runs the last block however the body ended, except when the run itself is being ended. Its own jump or fault wins. */
function withFinally(body: Exec, last: Exec): Exec {
  const after = (frame: Frame, outcome: Outcome): Outcome | Promise<Outcome> => {
    const own = last(frame);
    return own instanceof Promise ? own.then((late) => late ?? outcome) : (own ?? outcome);
  };
  const afterFault = (frame: Frame, error: unknown): Outcome | Promise<Outcome> => {
    const fault = frame.run.faultFrom(error, frame);
    const rethrow = (outcome: Outcome): Outcome => {
      if (outcome === undefined) throw fault;
      return outcome;
    };
    const own = last(frame);
    return own instanceof Promise ? own.then(rethrow) : rethrow(own);
  };
  return (frame) => {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = body(frame);
    } catch (error) {
      return afterFault(frame, error);
    }
    if (!(outcome instanceof Promise)) return after(frame, outcome);
    return outcome.then(
      (late) => after(frame, late),
      (error: unknown) => afterFault(frame, error),
    );
  };
}

function compileCatch(context: Context, branch: BotNode, steps: CompileSteps): Catch {
  const type = find(branch.attributes, ['exceptionType'])?.value;
  const continues = find(branch.attributes, ['continueOnError'])?.value;
  const setters = new Map<string, Setter>();
  for (const { key, variableName } of branch.returns) {
    const slot = context.writable(variableName);
    if (slot !== undefined) setters.set(key, slot.set);
  }
  const setMessage = setters.get('errorMessage');
  const setLine = setters.get('errorLineNumber');
  return {
    exception: type?.kind === 'member' ? type.name.toLowerCase() : EVERY_EXCEPTION,
    continues: isTrue(continues),
    bind: (frame, fault, line) => {
      setMessage?.(frame, fault.message);
      setLine?.(frame, line);
    },
    body: sequence(steps(context, branch.children)),
  };
}

/** Said outright; older packages write their booleans as text. What only a run could tell is not offered by the editor. */
function isTrue(value: TypedValue | undefined): boolean {
  return value?.kind === 'boolean'
    ? value.boolean
    : value?.kind === 'text' && value.text.trim().toLowerCase() === 'true';
}

/** Ends what is being tried with a message of the author's. */
export function compileThrow(context: Context, node: BotNode): Exec {
  const message = find(node.attributes, ['message'])?.value;
  const type = find(node.attributes, ['exceptionType'])?.value;
  const exceptionName = type?.kind === 'member' ? type.name : 'BotException';
  const text = message === undefined ? () => '' : getterOf(compileValue(context, message, 'ErrorHandler'));
  return (frame) => {
    throw new BotError(toText(text(frame)), { exceptionName });
  };
}
