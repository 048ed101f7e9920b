import type { Action } from '../declaration.ts';
import type { BotNode } from '../document/model.ts';
import type { Exec } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import { checkSize } from '../size-limits.ts';
import type { BotValue } from '../value.ts';
import type { Context } from './context.ts';
import { compileInput } from './inputs.ts';
import { compileReturn, keep } from './results.ts';
import { fetchSecrets } from './secrets.ts';

/** A line that runs an action of a package. */
export function compileAction(context: Context, node: BotNode, action: Action): Exec {
  context.runsHere(action);
  const { build, secrets } = compileInput(context, action, node.attributes);
  const set = compileReturn(context, node.returnTo, action.package, action.returns);
  const { run } = action;
  // `build` makes the object that the declaration's attributes describe; the catalogue erased its exact type.
  type Input = Parameters<typeof run>[0];
  const finish = (frame: Frame, result: BotValue | undefined) => {
    if (typeof result === 'object' && result !== null) keep(frame, result);
    if (set !== undefined) set(frame, result ?? null);
    else if (result !== undefined) checkSize(result, frame.run.sizes);
    return undefined;
  };
  if (secrets.length > 0) {
    return async (frame) => {
      await fetchSecrets(frame, secrets);
      return finish(frame, await frame.run.await(Promise.resolve(run(build(frame) as Input, frame.host))));
    };
  }
  return (frame) => {
    const result = run(build(frame) as Input, frame.host);
    if (typeof result === 'object' && result !== null) {
      if (result instanceof Promise) return frame.run.await(result).then((value) => finish(frame, value));
      keep(frame, result);
    }
    if (set !== undefined) set(frame, result ?? null);
    else if (result !== undefined) checkSize(result, frame.run.sizes);
    return undefined;
  };
}
