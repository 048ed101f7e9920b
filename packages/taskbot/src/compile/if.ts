import type { BotNode } from '../document/model.ts';
import { type Exec, type Outcome, sequence } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import { compileCondition, type Test } from './conditions.ts';
import type { CompileSteps, Context } from './context.ts';
import { find } from './inputs.ts';

interface Branch {
  readonly line: number;
  readonly test: Test;
  readonly body: Exec;
}

/** If, any number of elseIf, at most one else. */
export function compileIf(context: Context, node: BotNode, steps: CompileSteps): Exec {
  const branches: Branch[] = [compileBranch(context, node, steps)];
  let otherwise: Exec | undefined;
  for (const branch of node.branches) {
    if (branch.disabled) continue;
    context.line = branch.line;
    const word = branch.commandName.toLowerCase();
    if (word === 'elseif' && otherwise === undefined) branches.push(compileBranch(context, branch, steps));
    else if (word === 'else' && otherwise === undefined) otherwise = sequence(steps(context, branch.children));
    else
      context.report(
        'misplaced-branch',
        `"${branch.commandName}" cannot stand here: after If come elseIf and one else. Move it, or disable it`,
      );
  }
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return single(only, otherwise);
  return (frame) => choose(frame, branches, 0, otherwise);
}

function compileBranch(context: Context, node: BotNode, steps: CompileSteps): Branch {
  const test = compileCondition(context, find(node.attributes, ['condition']));
  return { line: node.line, test, body: sequence(steps(context, node.children)) };
}

/** Three of four Ifs in real bots have no elseIf. */
function single({ test, body }: Branch, otherwise: Exec | undefined): Exec {
  return (frame) => {
    const hit = test(frame);
    if (hit === true) return body(frame);
    if (hit === false) return otherwise === undefined ? undefined : otherwise(frame);
    return hit.then((late) => (late ? body(frame) : otherwise?.(frame)));
  };
}

function choose(
  frame: Frame,
  branches: readonly Branch[],
  from: number,
  otherwise: Exec | undefined,
): Outcome | Promise<Outcome> {
  for (let at = from; at < branches.length; at++) {
    const branch = branches[at];
    if (branch === undefined) break;
    frame.line = branch.line;
    const hit = branch.test(frame);
    if (hit === true) return branch.body(frame);
    if (hit !== false) {
      return hit.then((late) => (late ? branch.body(frame) : choose(frame, branches, at + 1, otherwise)));
    }
  }
  return otherwise?.(frame);
}
