export { callOf, expression, into, node, text } from '../test-support/bot-parts.ts';
export { testFolder } from '../test-support/folder.ts';
export { type Entry, zipOf } from '../test-support/zip.ts';

interface Parts {
  readonly nodes?: readonly object[];
  readonly variables?: readonly object[];
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
}

export const botText = ({ nodes = [], variables = [], packages = [] }: Parts = {}): string =>
  JSON.stringify({ triggers: [], nodes, variables, packages, properties: {} });
