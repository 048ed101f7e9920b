import { DocumentError, type DocumentPath } from './document-error.ts';
import { JsonText } from './json-text.ts';
import type { BotDocument, BotNode } from './model.ts';
import { readBot, startOf } from './read-bot.ts';

/** The text of the document: what came, byte for byte, but for the places that were edited. */
export function printBot(document: BotDocument): string {
  return document.source;
}

/**
 * Replaces the value at a path; every byte outside it stays as it was.
 *
 * @param json anything JSON can hold; it is written without spaces, as the editor writes
 * @throws DocumentError when there is nothing at the path, or the result is no bot any more
 */
export function replaceInBot(document: BotDocument, path: DocumentPath, json: unknown): BotDocument {
  const { source } = document;
  const span = new JsonText(source, startOf(source)).locate(path);
  if (span === undefined) throw new DocumentError({ path }, 'a value', 'nothing');
  return readBot(source.slice(0, span.start) + written(json, path) + source.slice(span.end));
}

function written(json: unknown, path: DocumentPath): string {
  try {
    return JSON.stringify(json);
  } catch (error) {
    // Deeper than the stack, or in a circle.
    throw new DocumentError({ path }, 'a value that JSON can hold', error instanceof Error ? error.message : 'none');
  }
}

/**
 * Gives an attribute of a node another typed value, e.g. `{type: 'STRING', string: 'x'}`.
 *
 * @throws DocumentError when no node has the uid, or the node lacks the attribute or its value
 */
export function setAttribute(document: BotDocument, uid: string, name: string, value: unknown): BotDocument {
  const node = findNode(document.nodes, uid);
  if (node === undefined) throw new DocumentError({ path: ['nodes'] }, `a node ${uid}`, 'none');
  const attribute = node.attributes.find((one) => one.name === name);
  if (attribute === undefined) {
    throw new DocumentError({ path: [...node.path, 'attributes'] }, `an attribute ${name}`, 'none');
  }
  return replaceInBot(document, [...attribute.path, 'value'], value);
}

/** The node with the uid, wherever it stands. */
export function findNode(nodes: readonly BotNode[], uid: string): BotNode | undefined {
  for (const node of nodes) {
    const found = node.uid === uid ? node : (findNode(node.children, uid) ?? findNode(node.branches, uid));
    if (found !== undefined) return found;
  }
  return undefined;
}
