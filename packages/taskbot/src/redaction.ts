/** Takes secrets out of a text before anybody else sees it. */
export interface Redactor {
  (text: string): string;
  /** How many secrets were too short to be looked for. */
  readonly leftOut: number;
}

/** What stands in a secret's place, whatever its length. */
export const REDACTED = '••••';

/** Shorter ones occur in ordinary text by chance; taking them out would tell where, and spoil the text. In characters. */
export const SHORTEST_SECRET = 4;
/** A line of a secret of several lines, such as a key file, that is long enough to be known again by itself. */
const SHORTEST_LINE = 16;

/**
 * Replaces each secret, and what it becomes on its way through programs: base64 (also inside that of a longer text, as
 * in a Basic header), URL-encoded, escaped for JSON, for JSON in JSON, and for XML. A secret that was broken over lines
 * is found as well. Where secrets overlap, everything that belongs to any of them goes. Secrets of fewer than four
 * characters are left out; `leftOut` says how many.
 *
 * It is a second net: what is masked should not come into a text at all, and what a bot computes from a secret (its
 * reverse, its hash) is not found.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const forms = [...new Set(long.flatMap(formsOf).map(withoutBreaks))]
    .filter((form) => form.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  const redact = (text: string): string => (forms.length === 0 ? text : replace(text, forms));
  return Object.assign(redact, { leftOut: secrets.length - long.length });
}

interface Stretch {
  from: number;
  to: number;
}

function replace(text: string, forms: readonly string[]): string {
  const joined = withoutBreaks(text);
  const stretches = merge(forms.flatMap((form) => occurrences(joined, form)));
  if (stretches.length === 0) return text;
  const places = joined.length === text.length ? undefined : placesOf(text);
  const at = (index: number): number => places?.[index] ?? index;
  let result = '';
  let done = 0;
  for (const { from, to } of stretches) {
    // The end is that of the last character: a line break behind it is not the secret's.
    result += text.slice(done, at(from)) + REDACTED;
    done = at(to - 1) + 1;
  }
  return result + text.slice(done);
}

/** Also those that overlap one another. */
function occurrences(text: string, form: string): Stretch[] {
  const found: Stretch[] = [];
  for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + 1))
    found.push({ from, to: from + form.length });
  return found;
}

function merge(stretches: Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && stretch.from < last.to) last.to = Math.max(last.to, stretch.to);
    else merged.push({ ...stretch });
  }
  return merged;
}

function withoutBreaks(text: string): string {
  return text.replace(/[\r\n]/g, '');
}

/** Where each character that is no line break stands in the text. */
function placesOf(text: string): number[] {
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) if (text[i] !== '\n' && text[i] !== '\r') places.push(i);
  return places;
}

function formsOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
  const plain = [secret, ...(lines.length > 1 ? lines : [])];
  return plain.flatMap((text) => [
    text,
    ...base64Forms(text),
    ...urlForms(text),
    ...jsonForms(text),
    ...xmlForms(text),
  ]);
}

/** Whole, and the middle that stays the same whatever stands before and behind it: three ways to fall into groups of three bytes. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const whole = bytes.toString('base64');
  const forms = [whole, whole.replace(/=+$/, '')];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    forms.push(encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function urlForms(text: string): string[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ '': text }).toString().slice(1);
  const forms = [encoded, strict, form];
  return forms.flatMap((one) => [one, one.replace(/%[\dA-F]{2}/g, (hex) => hex.toLowerCase())]);
}

function jsonForms(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1);
  // As many programs write it: only ASCII, in either case of the digits, and with slashes escaped.
  const ascii = once.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const upper = ascii.replace(/\\u[\da-f]{4}/g, (c) => `\\u${c.slice(2).toUpperCase()}`);
  const forms = [once, ascii, upper].flatMap((one) => [one, one.replaceAll('/', '\\/')]);
  return [...forms, ...forms.map((one) => JSON.stringify(one).slice(1, -1))];
}

function xmlForms(text: string): string[] {
  const common = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [common, common.replaceAll('"', '&quot;'), common.replaceAll('"', '&quot;').replaceAll("'", '&apos;')].concat(
    common.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  );
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The same for JSON, text by text, names of members included. Not on its written form: there a secret that ends in a
 * quote would take the border of a text with it.
 */
export function redactJson(redact: (text: string) => string, json: unknown): unknown {
  return redactIn(json as Json, redact); // what is no JSON stays as it is
}

function redactIn(json: Json, redact: (text: string) => string): Json {
  if (typeof json === 'string') return redact(json);
  if (Array.isArray(json)) return json.map((item) => redactIn(item as Json, redact));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [redact(name), redactIn(value as Json, redact)]),
  );
}
