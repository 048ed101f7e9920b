import { type TSchema, Type } from 'typebox';
import type { Deprecation, Version, Wire } from '../operation.ts';

/** What every module of the Automation Anywhere wire shares: tokens, errors, ids, versions. */

/** Either header; the vendor forbids both at once, we prefer X-Authorization (contract a §15 no. 22). */
export const readToken: Wire['token'] = (headers) => {
  const own = first(headers['x-authorization']);
  const standard = first(headers.authorization);
  const token = (own ?? standard)?.replace(/^\s*bearer\s+/i, '').trim();
  return token === '' ? undefined : token;
};

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** `code`, `message` and `details`, all three on every 4xx and 5xx: clients index them without looking (a §1.6). */
export const renderError: Wire['renderError'] = ({ code, message, details, remedy }) => ({
  code,
  message,
  details: [details, remedy].filter((part) => part !== '').join('. '),
});

export const ErrorBody = Type.Object({
  code: Type.String(),
  message: Type.String(),
  details: Type.String(),
});

/** An id in a request: a number or a text of digits. */
export const Id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** The path parameters of the given names, all ids. */
export function ids<const Names extends readonly string[]>(...names: Names) {
  return Type.Object(Object.fromEntries(names.map((name) => [name, Id])) as Record<Names[number], typeof Id>);
}

/**
 * From v.34 on eight v3 calls are deprecated in favour of v4; end of life with v.41 (seed document 000). The seed names
 * releases, not days. `since` is the day of the page; the policy on it promises at least another year. [inferred]
 */
const v34: Deprecation = { since: '2026-02-13', endOfLife: '2027-02-13', successor: 'v4' };

/** A workload call that has a v4 twin of its own. */
export const replacedByV4: readonly Version[] = [{ name: 'v3', deprecated: v34 }, { name: 'v4' }];
/** A workload call that the vendor serves under v3 only; we serve it under v4 as well. */
export const currentInV3: readonly Version[] = [{ name: 'v3' }, { name: 'v4', provenance: 'extension' }];

export const v1AndV2: readonly Version[] = [{ name: 'v1' }, { name: 'v2' }];
export const v1Only: readonly Version[] = [{ name: 'v1' }];
export const v2Only: readonly Version[] = [{ name: 'v2' }];

export const AnyObject: TSchema = Type.Object({}, { additionalProperties: true });
/** Present, whatever it holds. */
export const Anything = Type.Unknown();
