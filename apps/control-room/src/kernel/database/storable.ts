/** Stands for what PostgreSQL cannot hold: the zero character and half a surrogate pair. */
const INSTEAD = '\uFFFD';

/** A text of somebody else's (a bot's error) as a column of text can hold it. */
export function storableText(text: string): string {
  return text.replaceAll('\0', INSTEAD).toWellFormed();
}

/** The same for JSON as `JSON.stringify` writes it: there both stand as escapes, and pairs do not. */
export function storableJson(json: string): string {
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][\da-f]{2})/g, `$1${INSTEAD}`);
}
