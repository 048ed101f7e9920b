import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* The table that the sample bot carries, for the peers: they look through the same rows. */
export const BOT_FILE = join(import.meta.dirname, '..', '..', '..', 'samples', 'zip-code', 'bot.json');

interface Document {
  readonly variables: readonly {
    readonly name: string;
    readonly defaultValue?: {
      readonly table?: { readonly rows: readonly { readonly values: readonly { readonly string: string }[] }[] };
    };
  }[];
}

export const ROWS: readonly (readonly string[])[] = (
  (JSON.parse(readFileSync(BOT_FILE, 'utf8')) as Document).variables.find(({ name }) => name === 'tZipCodes')
    ?.defaultValue?.table?.rows ?? []
).map(({ values }) => values.map(({ string }) => string));

/** State and place, looked for row by row as the bot does. */
export function placeOf(zip: string): readonly [string, string] {
  for (const [code, state = '', place = ''] of ROWS) if (code === zip) return [state, place];
  return ['', ''];
}
