import type { BotAttribute } from '../document/model.ts';
import type { Getter } from '../run/exec.ts';
import type { Context } from './context.ts';
import { compileInput } from './inputs.ts';
import { fetchSecrets } from './secrets.ts';

export type Test = Getter<boolean | Promise<boolean>>;

/**
 * A condition with its chain: evaluated left to right, no operator before the other (contract bots §1.7), a group as
 * one condition. What cannot change the result is not asked.
 */
export function compileCondition(context: Context, attribute: BotAttribute | undefined): Test {
  if (attribute === undefined) {
    context.report('missing-condition', 'The line has no condition. Choose one, or disable the line');
    return () => false;
  }
  let test = compileLink(context, attribute);
  for (let next = attribute.next; next !== undefined; next = next.attribute.next) {
    test = join(next.operator, test, compileLink(context, next.attribute));
  }
  return test;
}

function join(operator: 'AND' | 'OR', left: Test, right: Test): Test {
  const decided = operator === 'OR';
  return (frame) => {
    const first = left(frame);
    if (first === decided) return decided;
    if (typeof first === 'boolean') return right(frame);
    return first.then((result) => (result === decided ? decided : right(frame)));
  };
}

function compileLink(context: Context, attribute: BotAttribute): Test {
  if (attribute.group !== undefined) return compileCondition(context, attribute.group);
  const { value } = attribute;
  if (value.kind !== 'member') {
    context.report('missing-condition', 'The line has a condition without a name. Choose one, or disable the line');
    return () => false;
  }
  const condition = context.registry.condition(value.packageName, value.name);
  if (condition === undefined) {
    context.reportUnknown('condition', value.packageName, value.name);
    return () => false;
  }
  context.runsHere(condition);
  const { build, secrets } = compileInput(context, condition, attribute.attributes);
  const { test } = condition;
  // `build` makes the object that the declaration's attributes describe; the catalogue erased its exact type.
  type Input = Parameters<typeof test>[0];
  const waited: Test = (frame) => {
    const result = test(build(frame) as Input, frame.host);
    return typeof result === 'boolean' ? result : frame.run.await(result);
  };
  if (secrets.length === 0) return waited;
  return async (frame) => {
    await fetchSecrets(frame, secrets);
    return frame.run.await(Promise.resolve(test(build(frame) as Input, frame.host)));
  };
}
