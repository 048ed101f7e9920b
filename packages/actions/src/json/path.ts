import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';
import type { JsonValue } from './document.ts';

export type PathStep = string | number;

/**
 * Reads `a.b[2].c`, with `$` or nothing for the document itself and `['odd.name']` for names with dots. An own parser:
 * bots use no more than this, and the jsonpath packages have run code from the path.
 */
export const parsePath = (path: string): PathStep[] => {
  const text = path.trim().replace(/^\$\.?/, '');
  const steps: PathStep[] = [];
  // Either a bracket ([2], ['name'], ["name"]) or a bare name after an optional dot.
  const step = /\[\s*(?:(\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]|(\.?)([^.[\]]+)/y;
  while (step.lastIndex < text.length) {
    const at = step.lastIndex;
    const match = step.exec(text);
    const [, index, single, double, dot, name] = match ?? [];
    if (!match || (name !== undefined && (dot === '') !== (at === 0))) throw badPath(path);
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return steps;
};

const badPath = (path: string): BotError =>
  new BotError(
    `Expected a path such as orders[0].customer.name, but got "${excerpt(path)}". Filters and wildcards are not part of it.`,
  );

/** The node at a path, or undefined. Names meet exactly, or else without letter case when only one does. */
export const nodeAt = (root: JsonValue, steps: readonly PathStep[]): JsonValue | undefined => {
  let node: JsonValue | undefined = root;
  for (const step of steps) {
    if (Array.isArray(node)) node = typeof step === 'number' ? node[step] : node[Number(step)];
    else if (node !== null && typeof node === 'object') node = node[nameIn(node, String(step))];
    else return undefined;
    if (node === undefined) return undefined;
  }
  return node;
};

const nameIn = (node: { [key: string]: JsonValue }, name: string): string => {
  if (Object.hasOwn(node, name)) return name;
  const folded = name.toLowerCase();
  const near = Object.keys(node).filter((key) => key.toLowerCase() === folded);
  // A name that is not there must not reach the prototype, so an impossible one is asked for.
  return near.length === 1 ? (near[0] ?? '') : '\0';
};

/** Sets the member `step` of a node; a position just behind the end of a list adds to it. */
export const setMember = (node: JsonValue, step: PathStep, value: JsonValue): boolean => {
  if (Array.isArray(node)) {
    const index = Number(step);
    if (!Number.isInteger(index) || index < 0 || index > node.length) return false;
    node[index] = value;
    return true;
  }
  if (node === null || typeof node !== 'object') return false;
  const known = nameIn(node, String(step));
  // defineProperty: a key `__proto__` in a bot's path must not change the object's prototype.
  Object.defineProperty(node, known === '\0' ? String(step) : known, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return true;
};
