import { BotError } from '../declaration.ts';
import { DocumentError } from '../document/document-error.ts';
import type { BotDocument, BotNode } from '../document/model.ts';
import type { Registry } from '../registry.ts';
import { compileBlock } from './blocks.ts';
import { Context, type Target } from './context.ts';
import { compileDefaults } from './defaults.ts';
import { find } from './inputs.ts';
import { type Problem, problem, tidyProblems } from './problem.ts';
import { literalPath } from './run-task.ts';
import { Scope } from './scope.ts';
import type { Unit } from './unit.ts';

/** Finds a bot by its path in the repository (`Automation Anywhere/Bots/Demo/Child`, percent-decoded). */
export type ResolveBot = (path: string) => BotDocument | undefined | Promise<BotDocument | undefined>;

/** A bot with all the bots it calls, each compiled once. */
export class Program {
  readonly #registry: Registry;
  readonly #target: Target;
  readonly #resolve: ResolveBot;
  readonly #units = new Map<string, Unit>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry, target: Target, resolve: ResolveBot) {
    this.#registry = registry;
    this.#target = target;
    this.#resolve = resolve;
  }

  /** How many bots one program may hold; beyond it somebody generates them. */
  static readonly mostUnits = 1_000;

  /** Compiles a bot and, before it, finds all that it calls by a literal path. */
  async add(path: string, document: BotDocument): Promise<{ unit: Unit; problems: Problem[] }> {
    const found: { unit: Unit; document: BotDocument }[] = [];
    const calls = new Map<string, Call[]>();
    const problems: Problem[] = [];
    const unit = newUnit(path, document);
    this.#units.set(path, unit);
    found.push({ unit, document });
    // The list grows while it is gone through: what a sub-bot calls comes after it.
    for (const caller of found) {
      const called = [...calledBy(caller.document.nodes)];
      calls.set(caller.unit.path, called);
      for (const { path: callee } of called) {
        if (this.#units.has(callee) || found.length >= Program.mostUnits) continue;
        const called = await this.#find(callee, problems);
        if (called === undefined) continue;
        const next = { unit: newUnit(callee, called), document: called };
        this.#units.set(callee, next.unit);
        found.push(next);
      }
    }
    for (const one of found) problems.push(...this.#compile(one.unit, one.document));
    problems.push(...circles(calls));
    // A bot with problems must not be found by a later path that is put together at run time.
    if (problems.some(isError)) for (const one of found) this.#units.delete(one.unit.path);
    return { unit, problems: tidyProblems(problems) };
  }

  #compile(unit: Unit, document: BotDocument): Problem[] {
    const context = new Context({
      botPath: unit.path,
      document,
      scope: unit.scope,
      registry: this.#registry,
      target: this.#target,
      unitFor: (path) => this.#units.get(path),
      unitAtRun: (path) => this.#unitAtRun(path),
    });
    Object.assign(unit, compileDefaults(context));
    unit.body = compileBlock(context, document.nodes);
    return context.problems;
  }

  /** One after the other: what another run is just adding must be compiled before this one may take it. */
  #unitAtRun(path: string): Promise<Unit> {
    const turn = this.#queue.then(() => this.#addAtRun(path));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #addAtRun(path: string): Promise<Unit> {
    const known = this.#units.get(path);
    if (known !== undefined) return known;
    const document = await this.#resolve(path);
    if (document === undefined) throw new BotError(`The bot "${path}" is not there`);
    const { unit, problems } = await this.add(path, document);
    const first = problems.find(isError);
    if (first !== undefined) {
      throw new BotError(`The bot "${first.botPath}" cannot run. Line ${first.line}: ${first.message}`);
    }
    return unit;
  }

  /** A document that cannot be read is told with its own words; one that is not there is told by the line that calls it. */
  async #find(path: string, problems: Problem[]): Promise<BotDocument | undefined> {
    try {
      return await this.#resolve(path);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      problems.push(problem({ botPath: path, line: 0, code: 'unreadable-bot', message: error.message }));
      return undefined;
    }
  }
}

function newUnit(path: string, document: BotDocument): Unit {
  const unready = () => {
    throw new Error(`The bot "${path}" was run before it was compiled`);
  };
  return { path, scope: new Scope(document.variables), body: unready, initialise: unready, credentials: [] };
}

export const isError = ({ severity }: Problem): boolean => severity === 'error';

interface Call {
  readonly path: string;
  readonly line: number;
}

/** A warning for each call by which a bot comes back to itself. It may be meant, and then ends at the limit of depth at the latest. */
function circles(calls: ReadonlyMap<string, readonly Call[]>): Problem[] {
  const reaches = (from: string, wanted: string): boolean => {
    const seen = new Set<string>();
    const ahead = [from];
    for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
      if (at === wanted) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      for (const call of calls.get(at) ?? []) ahead.push(call.path);
    }
    return false;
  };
  return Array.from(calls, ([botPath, all]) =>
    all
      .filter((call) => reaches(call.path, botPath))
      .map(({ line, path }) => {
        const how = path === botPath ? 'calls itself' : `calls "${path}", which calls it back`;
        const message = `The bot ${how}. Make sure that it ends: bots may call each other 64 deep`;
        return problem({ botPath, line, code: 'circular-call', message });
      }),
  ).flat();
}

function* calledBy(nodes: readonly BotNode[]): Generator<Call> {
  for (const node of nodes) {
    if (node.disabled) continue;
    const value = find(node.attributes, ['taskbot'])?.value;
    if (value?.kind === 'taskbot') {
      const path = literalPath(value.file);
      if (path !== undefined) yield { path, line: node.line };
    }
    yield* calledBy(node.children);
    yield* calledBy(node.branches);
  }
}
