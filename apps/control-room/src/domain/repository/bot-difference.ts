import { type BotNode, readBot } from '@signalbox/taskbot';

/** A command of a bot in one of its versions. */
export interface NodeAt {
  readonly uid: string;
  /** As the editor counts. */
  readonly line: number;
  readonly packageName: string;
  readonly commandName: string;
}

export interface BotDifference {
  readonly added: readonly NodeAt[];
  readonly removed: readonly NodeAt[];
  readonly changed: readonly { readonly before: NodeAt; readonly after: NodeAt; readonly what: readonly string[] }[];
  /** Stands in another command now, or at the top. */
  readonly moved: readonly { readonly before: NodeAt; readonly after: NodeAt }[];
  readonly variables: Names;
  readonly packages: Names;
}

interface Names {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

interface Known {
  readonly at: NodeAt;
  readonly parent: string;
  /** What the command says of itself, by key: its children are compared on their own. */
  readonly own: Readonly<Record<string, string>>;
}

/**
 * What became of a bot's commands: matched by their uid, which the editor keeps for as long as a command lives.
 *
 * @throws DocumentError when one of the texts is no bot
 */
export function compareBots(before: string, after: string): BotDifference {
  const [old, fresh] = [commandsOf(before), commandsOf(after)];
  const changed: { before: NodeAt; after: NodeAt; what: string[] }[] = [];
  const moved: { before: NodeAt; after: NodeAt }[] = [];
  for (const [key, now] of fresh.commands) {
    const then = old.commands.get(key);
    if (!then) continue;
    const what = keysThatDiffer(then.own, now.own);
    if (what.length > 0) changed.push({ before: then.at, after: now.at, what });
    if (then.parent !== now.parent) moved.push({ before: then.at, after: now.at });
  }
  return {
    added: [...fresh.commands].filter(([key]) => !old.commands.has(key)).map(([, { at }]) => at),
    removed: [...old.commands].filter(([key]) => !fresh.commands.has(key)).map(([, { at }]) => at),
    changed,
    moved,
    variables: compareNames(old.variables, fresh.variables),
    packages: compareNames(old.packages, fresh.packages),
  };
}

function commandsOf(text: string) {
  const document = readBot(text);
  // readBot has accepted it, so it is an object.
  const json = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  const commands = new Map<string, Known>();
  // Without recursion: how deep commands are nested is the bot's choice. Taken from the end, so that lines stay in order.
  const open = document.nodes.map((node) => ({ node, parent: '' })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent } = next;
    let key = node.uid;
    for (let copy = 2; commands.has(key); copy++) key = `${node.uid}#${copy}`;
    const { uid, line, packageName, commandName } = node;
    commands.set(key, { at: { uid, line, packageName, commandName }, parent, own: ownOf(json, node) });
    const below = [...node.children, ...node.branches].map((child) => ({ node: child, parent: key }));
    open.push(...below.reverse());
  }
  return { commands, variables: namedIn(json.variables), packages: namedIn(json.packages) };
}

function ownOf(json: unknown, { path }: BotNode): Record<string, string> {
  let at: unknown = json;
  for (const step of path) at = (at as Record<string | number, unknown>)[step];
  return Object.fromEntries(
    Object.entries(at as object)
      .filter(([key]) => key !== 'children' && key !== 'branches')
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
}

function keysThatDiffer(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
}

function namedIn(list: unknown): Map<string, string> {
  if (!Array.isArray(list)) return new Map();
  return new Map(list.map((one: unknown) => [String((one as { name?: unknown } | null)?.name), JSON.stringify(one)]));
}

function compareNames(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Names {
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: [...after].filter(([name, json]) => before.has(name) && before.get(name) !== json).map(([name]) => name),
  };
}
