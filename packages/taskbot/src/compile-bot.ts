import type { Target } from './compile/context.ts';
import { type Problem, problem } from './compile/problem.ts';
import { isError, Program, type ResolveBot } from './compile/program.ts';
import type { Unit } from './compile/unit.ts';
import { DocumentError } from './document/document-error.ts';
import type { BotDocument } from './document/model.ts';
import { readBot } from './document/read-bot.ts';
import { pathOfBot } from './file-path.ts';
import type { Registry } from './registry.ts';
import { type RunOptions, type RunResult, runUnit } from './run/run-unit.ts';

export interface CompileOptions {
  readonly registry: Registry;
  /** The bot's path in the repository, as plain path or `repository:///` URI. */
  readonly path: string;
  /** `anywhere` refuses actions that need a device. `device` when not given. */
  readonly target?: Target;
  /** Finds the bots this one calls. Without it there are none. */
  readonly resolveBot?: ResolveBot;
}

/** A bot ready to run, any number of times and at the same time. */
export interface CompiledBot {
  readonly path: string;
  run(options: RunOptions): Promise<RunResult>;
}

/** What the check found; `bot` is there when nothing keeps it from running. */
export type Compilation = { readonly warnings: readonly Problem[] } & (
  | { readonly problems: readonly []; readonly bot: CompiledBot }
  | { readonly problems: readonly [Problem, ...Problem[]]; readonly bot?: undefined }
);

/**
 * Checks a bot with all the bots it calls, and compiles them to closures. Everything that can be found without running
 * is found here and told by bot and editor line; disabled nodes are not looked at.
 *
 * @throws what `resolveBot` throws, unless it is a DocumentError, which becomes a problem
 */
export async function compileBot(document: BotDocument, options: CompileOptions): Promise<Compilation> {
  const program = new Program(options.registry, options.target ?? 'device', options.resolveBot ?? (() => undefined));
  const { unit, problems } = await program.add(pathOfBot(options.path), document);
  const warnings = problems.filter((one) => !isError(one));
  const [first, ...more] = problems.filter(isError);
  if (first !== undefined) return { warnings, problems: [first, ...more] };
  return { warnings, problems: [], bot: runnable(unit) };
}

/**
 * The same check for people to read: errors and warnings of the bot and of all it calls, in the order of bots and
 * lines, at most 200. A document that cannot be read is a problem like any other.
 *
 * @param document as read, or its text
 */
export async function checkBot(document: BotDocument | string, options: CompileOptions): Promise<readonly Problem[]> {
  const path = pathOfBot(options.path);
  try {
    const read = typeof document === 'string' ? readBot(document) : document;
    const program = new Program(options.registry, options.target ?? 'device', options.resolveBot ?? (() => undefined));
    return (await program.add(path, read)).problems;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return [problem({ botPath: path, line: 0, code: 'unreadable-bot', message: error.message })];
  }
}

function runnable(unit: Unit): CompiledBot {
  return { path: unit.path, run: (options) => runUnit(unit, options) };
}
