/** The way to a place in a document: `['nodes', 0, 'attributes', 2, 'value']`. */
export type DocumentPath = readonly (string | number)[];

/**
 * The text is not a bot. `at` is the offset in the text where that is known (broken JSON), `path` the place in the
 * document; `expected` and `found` say what was wanted there and what came.
 */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly at: number | undefined;
  readonly path: DocumentPath;
  readonly expected: string;
  readonly found: string;

  constructor(place: { at?: number; path?: DocumentPath }, expected: string, found: string) {
    const path = place.path ?? [];
    const where = place.at === undefined ? showPath(path) : `offset ${place.at}`;
    super(`Not a bot document: at ${where} expected ${expected}, found ${found}`);
    this.at = place.at;
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}

/** `nodes[0].attributes[2].value` */
export function showPath(path: DocumentPath): string {
  if (path.length === 0) return 'the top';
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('');
}

/** A JSON value in a few words, for messages. */
export function showJson(json: unknown): string {
  if (json === undefined) return 'nothing';
  const text = typeof json === 'object' && json !== null ? showObject(json) : String(JSON.stringify(json));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** One level of it: what stands in a broken document may be megabytes, and deeper than the stack. */
function showObject(json: object): string {
  const inside = (value: unknown) =>
    Array.isArray(value) ? '[…]' : typeof value === 'object' && value !== null ? '{…}' : JSON.stringify(value);
  if (Array.isArray(json)) return `[${json.slice(0, 10).map(inside).join(',')}${json.length > 10 ? ',…' : ''}]`;
  const entries = Object.entries(json).slice(0, 10);
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${inside(value)}`).join(',')}}`;
}
