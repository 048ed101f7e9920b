import { builtIns } from '../built-in.ts';
import type { BotNode } from '../document/model.ts';
import { type Exec, type Jump, STOP, type Step, sequence } from '../run/exec.ts';
import { compileAction } from './action.ts';
import type { Context } from './context.ts';
import { compileThrow, compileTry } from './error-handler.ts';
import { compileIf } from './if.ts';
import { find } from './inputs.ts';
import { compileLoop } from './loop.ts';
import { compileRunTask } from './run-task.ts';
import { compileWaitForCondition } from './wait-for-condition.ts';

/** Nodes one after another; disabled subtrees and comments are left out, and so cost nothing. */
export function compileBlock(context: Context, nodes: readonly BotNode[]): Exec {
  return sequence(compileSteps(context, nodes));
}

export function compileSteps(context: Context, nodes: readonly BotNode[]): Step[] {
  const steps: Step[] = [];
  for (const node of nodes) {
    if (node.disabled) continue;
    const outer = context.line;
    context.line = node.line;
    const exec = compileNode(context, node);
    if (exec !== undefined) steps.push({ line: node.line, exec });
    context.line = outer;
  }
  return steps;
}

/** The commands the interpreter itself knows, because they decide what runs next; all else is an action. */
function compileNode(context: Context, node: BotNode): Exec | undefined {
  const word = `${node.packageName}.${node.commandName}`.toLowerCase();
  const isKnown =
    builtInCommands.has(word) || context.registry.action(node.packageName, node.commandName) !== undefined;
  if (node.branches.length > 0 && isKnown && !BRANCHED.has(word)) refuseBranches(context, node);
  switch (word) {
    case 'comment.comment':
      return undefined;
    case 'step.step':
      return compileBlock(context, node.children);
    case 'if.if':
      return compileIf(context, node, compileSteps);
    case 'loop.loop.commands.start':
      return compileLoop(context, node, compileSteps);
    case 'loop.loop.commands.break':
      return compileJump(context, node, 'break');
    case 'loop.loop.commands.continue':
      return compileJump(context, node, 'continue');
    case 'errorhandler.try':
      return compileTry(context, node, compileSteps);
    case 'errorhandler.throw':
      return compileThrow(context, node);
    case 'taskbot.runtask':
      return compileRunTask(context, node);
    case 'taskbot.stoptask':
      return () => STOP;
    case 'taskbot.pausetask':
      return (frame) => frame.run.pauseHere().then(() => undefined);
    case 'wait.waitforcondition':
      return compileWaitForCondition(context, node);
    case 'if.else':
    case 'if.elseif':
    case 'errorhandler.catch':
    case 'errorhandler.finally':
      context.report(
        'misplaced-branch',
        `${node.packageName}.${node.commandName} stands outside the node it belongs to. Move it behind its If or try, or disable it`,
        {
          packageName: node.packageName,
          command: node.commandName,
        },
      );
      compileInside(context, node);
      return undefined;
    default: {
      const action = context.registry.action(node.packageName, node.commandName);
      if (action !== undefined) return compileAction(context, node, action);
      context.reportUnknown('command', node.packageName, node.commandName);
      compileInside(context, node);
      return undefined;
    }
  }
}

/** What stands inside a line that nobody knows, for its problems alone: all of a bot's are told at once. */
function compileInside(context: Context, node: BotNode): void {
  compileSteps(context, node.children);
  for (const branch of node.branches) if (!branch.disabled) compileSteps(context, branch.children);
}

const builtInCommands: ReadonlySet<string> = new Set(
  builtIns.flatMap(({ kind, ...one }) => (kind === 'command' ? [`${one.package}.${one.name}`.toLowerCase()] : [])),
);
const BRANCHED: ReadonlySet<string> = new Set(['if.if', 'errorhandler.try']);

/** Branches of a line that has none would be left out without a word. */
function refuseBranches(context: Context, node: BotNode): void {
  for (const branch of node.branches) {
    if (branch.disabled) continue;
    const line = context.line;
    context.line = branch.line;
    const what = `${branch.packageName}.${branch.commandName}`;
    const message = `${what} cannot be a branch of ${node.packageName}.${node.commandName}. Move it, or disable it`;
    context.report('misplaced-branch', message, { packageName: branch.packageName, command: branch.commandName });
    compileSteps(context, branch.children);
    context.line = line;
  }
}

/** `anchor` names the loop that is meant; without it, it is the innermost. */
function compileJump(context: Context, node: BotNode, kind: 'break' | 'continue'): Exec {
  const value = find(node.attributes, ['anchor'])?.value;
  const anchor = value?.kind === 'text' ? value.text : node.anchor;
  const loop = anchor === undefined ? context.loops.at(-1) : context.loops.findLast((one) => one.anchor === anchor);
  if (loop === undefined) {
    const which = anchor === undefined ? 'a loop' : `a loop named "${anchor}"`;
    context.report('break-outside-loop', `A ${kind} must stand inside ${which}. Move it there, or disable it`);
    return () => undefined;
  }
  const jump: Jump = { kind, loop };
  return () => jump;
}
