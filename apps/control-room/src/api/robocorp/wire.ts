import { type TSchema, Type } from 'typebox';
import type { Operation, Version, Wire } from '../operation.ts';

/** What every module of the Robocorp wire shares: keys, errors, ids, versions. Source: contract robocorp §2. */

/** `RC-WSKEY <key>`, `Bearer <token>`, `RC_WST <token>`: what it is shows the text itself. */
export const readKey: Wire['token'] = (headers) => {
  const header = Array.isArray(headers.authorization) ? headers.authorization[0] : headers.authorization;
  const key = header?.replace(/^\s*(rc-wskey|bearer|rc_wst)\s+/i, '').trim();
  return key === '' ? undefined : key;
};

/** Stable codes in capitals: the vendor's are not published. [inferred] */
const CODES: Readonly<Record<string, string>> = { UM1110: 'UNAUTHENTICATED', 'ACCESS.FORBIDDEN': 'FORBIDDEN' };

const codeOf = (code: string): string => CODES[code] ?? code.replaceAll('.', '_');

/** What is wrong and what to do about it in one sentence: this wire has one field for both. */
const sentenceOf = (message: string, details: string): string => {
  const whole = [message.replace(/\.$/, ''), details].filter((part) => part !== '').join(': ');
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};

export const renderError: Wire['renderError'] = ({ code, message, details }) => ({
  error: { code: codeOf(code), message: sentenceOf(message, details) },
});

/** Of the old Process API (contract robocorp §6.1). */
export const renderLegacyError: Wire['renderError'] = ({ code, message, details }) => ({
  error: { code: codeOf(code), subCode: '', message: sentenceOf(message, details) },
});

/** Integrators call `/api/v1`, running robots `/v1`. */
export const v1: readonly Version[] = [{ name: 'api/v1' }, { name: 'v1' }];
export const unversioned: readonly Version[] = [{ name: '' }];

/** An id in a path: a text of any form; what is no id of ours is not there. */
export const Text = Type.String({ maxLength: 500 });

/** The path parameters of the given names, behind the workspace. */
export function inWorkspace<const Names extends readonly string[]>(...names: Names) {
  return Type.Object(
    Object.fromEntries(['workspaceId', ...names].map((name) => [name, Text])) as Record<
      'workspaceId' | Names[number],
      typeof Text
    >,
  );
}

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Moment = Type.String({ format: 'date-time' });
/** `{id}` of something else. */
export const Reference = Type.Object({ id: Type.String() });
export const Deleted = Type.Object({ id: Type.String(), deleted: Type.Boolean() });

/** RFC 3339 with milliseconds, in UTC. */
export function moment(instant: Temporal.Instant): string {
  return instant.toString({ fractionalSecondDigits: 3 });
}

export function momentOrNull(instant: Temporal.Instant | null): string | null {
  return instant === null ? null : moment(instant);
}

/** The updates of two of the vendor's snapshots are PUT, of the third POST on the same path. */
export function putAndPost(operation: Operation): readonly Operation[] {
  return [operation, { ...operation, name: `${operation.name}ByPost`, method: 'POST' }];
}

const ASSET =
  /^(\/(?:api\/)?v1\/workspaces\/[^/]+\/assets\/)(name(?::|%3A).+?)(\/uploads(?:\/[^/?]*)?)?(\/?(?:\?.*)?)$/i;

/** A `/` in the name of an asset comes as it is and would be a part of the path (contract robocorp §8.6). */
export function keepSlashesInNames(url: string): string {
  const match = ASSET.exec(url);
  if (!match) return url;
  const [, before = '', name = '', uploads = '', after = ''] = match;
  const end = name.indexOf('?');
  const path = end < 0 ? name : name.slice(0, end);
  return `${before}${path.replace(/\/+$/, '').replaceAll('/', '%2F')}${end < 0 ? '' : name.slice(end)}${uploads}${after}`;
}
