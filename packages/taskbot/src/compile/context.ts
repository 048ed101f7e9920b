import { type Need, needOf } from '../desktop.ts';
import type { BotDocument, BotNode } from '../document/model.ts';
import type { Registry } from '../registry.ts';
import type { LoopId, Step } from '../run/exec.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';
import type { Scope, Slot } from './scope.ts';
import type { Unit } from './unit.ts';

/** `anywhere`: the bot must run where there is no desktop, so actions that need a device are problems. */
export type Target = 'anywhere' | 'device';

function needWords(packageName: string, name: string, need: Need): string {
  const what = `${packageName}.${name}`;
  return need === 'desktop'
    ? `${what} needs a Windows desktop, which robots here do not have. Disable the line, or reach the application by its files, database or API`
    : `${what} needs a person at the device, and robots here run unattended. Disable the line, or take the value as an input of the bot`;
}

/** What compiling one bot needs and collects. */
export class Context {
  readonly botPath: string;
  readonly document: BotDocument;
  readonly scope: Scope;
  readonly registry: Registry;
  readonly target: Target;
  readonly problems: Problem[] = [];
  /** The bots of the program, this one included, found before compiling began. */
  readonly unitFor: (path: string) => Unit | undefined;
  /** Resolves and compiles a bot whose path is only known when the line runs. */
  readonly unitAtRun: (path: string) => Promise<Unit>;
  /** The line being compiled. */
  line = 0;
  /** Loops around the line, the innermost last. */
  readonly loops: LoopId[] = [];

  constructor(
    parts: Omit<
      Context,
      'problems' | 'line' | 'loops' | 'report' | 'reportUnknown' | 'variable' | 'writable' | 'runsHere'
    >,
  ) {
    this.botPath = parts.botPath;
    this.document = parts.document;
    this.scope = parts.scope;
    this.registry = parts.registry;
    this.target = parts.target;
    this.unitFor = parts.unitFor;
    this.unitAtRun = parts.unitAtRun;
  }

  report(code: ProblemCode, message: string, named: { packageName?: string; command?: string } = {}): void {
    this.problems.push(problem({ botPath: this.botPath, line: this.line, code, message, ...named }));
  }

  /** A member of a package that nobody declared: because it needs what is not here, or because there is no such thing. */
  reportUnknown(kind: 'command' | 'condition' | 'iterator', packageName: string, name: string): void {
    const named = { packageName, command: name };
    const need = needOf(packageName, name);
    if (need !== undefined) {
      this.report(need === 'desktop' ? 'needs-desktop' : 'attended-only', needWords(packageName, name, need), named);
      return;
    }
    const remedy = `Use another ${kind}, or disable the line`;
    const message = this.registry.hasPackage(packageName)
      ? `There is no ${kind} "${name}" in the package ${packageName} here. ${remedy}`
      : `There is no package ${packageName} here, which ${packageName}.${name} needs. ${remedy}`;
    this.report(`unknown-${kind}`, message, named);
  }

  /** The variable, or a problem. */
  variable(name: string): Slot | undefined {
    const slot = this.scope.find(name);
    if (slot === undefined)
      this.report('undefined-variable', `There is no variable "${name}". Add it to the bot, or correct the name`);
    return slot;
  }

  /** The same for a place that writes it. */
  writable(name: string): Slot | undefined {
    const slot = this.variable(name);
    if (slot?.variable.constant === true) {
      this.report(
        'constant-variable',
        `The variable "${slot.variable.name}" is constant and cannot take a value. Take another, or make it changeable`,
      );
    }
    return slot;
  }

  /** Says so when the member cannot run here at all, whatever its attributes. */
  runsHere(member: {
    readonly package: string;
    readonly name: string;
    readonly runsOn: Target;
    readonly refused?: string;
  }): void {
    const what = `${member.package}.${member.name}`;
    if (this.target === 'device' || member.runsOn === 'anywhere') {
      if (member.refused === undefined) return;
      const named = { packageName: member.package, command: member.name };
      this.report('refused-command', `${what}: ${member.refused}`, named);
      return;
    }
    this.report(
      'device-only',
      `${what} runs on devices only, so an API Task cannot use it. Leave it out, or run the bot on a device`,
      { packageName: member.package, command: member.name },
    );
  }
}

/**
 * Compiles the nodes inside a node. Handed to the commands that have an inside, because what they hold may be any
 * command again: the knot of the recursion is tied in blocks.ts alone.
 */
export type CompileSteps = (context: Context, nodes: readonly BotNode[]) => Step[];
