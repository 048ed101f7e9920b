import type { Target } from './compile/context.ts';
import type { Problem } from './compile/problem.ts';
import { Program, type ResolveBot } from './compile/program.ts';
import type { Unit } from './compile/unit.ts';
import type { BotDocument } from './document/model.ts';
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

/** What the check found; `bot` is there when it found nothing. */
export type Compilation =
  | { readonly problems: readonly []; readonly bot: CompiledBot }
  | { readonly problems: readonly [Problem, ...Problem[]]; readonly bot?: undefined };

/**
 * Checks a bot with all the bots it calls, and compiles them to closures. Everything that can be found without running
 * is found here and told by bot and editor line; disabled nodes are not looked at.
 *
 * @throws what `resolveBot` throws, unless it is a DocumentError, which becomes a problem
 */
export async function compileBot(document: BotDocument, options: CompileOptions): Promise<Compilation> {
  const program = new Program(options.registry, options.target ?? 'device', options.resolveBot ?? (() => undefined));
  const { unit, problems } = await program.add(pathOfBot(options.path), document);
  const [first, ...more] = problems;
  if (first !== undefined) return { problems: [first, ...more] };
  return { problems: [], bot: runnable(unit) };
}

function runnable(unit: Unit): CompiledBot {
  return { path: unit.path, run: (options) => runUnit(unit, options) };
}
