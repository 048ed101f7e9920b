/** Ids as they come from outside: what is none is simply not there, and never reaches the database. */

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A UUID in lower case; undefined for anything else. */
export function readUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

/** A positive whole number; undefined for anything else. */
export function readNumber(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text.trim()) ? Number(text) : 0;
  return number > 0 && Number.isSafeInteger(number) ? number : undefined;
}
