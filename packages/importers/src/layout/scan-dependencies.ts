import { type BotNode, pathOfBot, type TypedValue } from '@signalbox/taskbot';

/**
 * The bots that a document calls, by the paths that stand in its enabled lines: what the vendor's export calls scanned
 * dependencies (contract bots §2). A path that is put together while the bot runs is not seen.
 */
export function scanDependencies(nodes: readonly BotNode[]): string[] {
  const found = new Set<string>();
  const visit = (node: BotNode): void => {
    if (node.disabled) return;
    for (const { value } of node.attributes) {
      const path = value.kind === 'taskbot' ? literalPath(value.file) : undefined;
      if (path !== undefined) found.add(path);
    }
    node.children.forEach(visit);
    node.branches.forEach(visit);
  };
  nodes.forEach(visit);
  return [...found];
}

function literalPath(file: TypedValue): string | undefined {
  if (file.kind === 'text') return pathOfBot(file.text);
  return file.kind === 'expression' && !file.expression.includes('$') ? pathOfBot(file.expression) : undefined;
}
