import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { error } from '../../kernel/errors.ts';
import type { DatabaseClock } from './clock.ts';
import { ALGORITHM, type SigningKeys } from './signing-keys.ts';

export const ISSUER = 'AutomationAnywhere';
/** About 2 MB; at more tokens in use at once the oldest are verified again. */
const MOST_KEPT = 10_000;

interface Ending {
  /** Milliseconds since 1970, by the database's clock. */
  readonly expiresOn: number;
}

interface Kind<Facts extends Ending> {
  /** Claims without which it is no token of this kind. */
  readonly requiredClaims: string[];
  /** Undefined for one that is not of this installation. */
  readonly read: (payload: JWTPayload) => Facts | undefined;
}

export interface Verifier<Facts> {
  /** @throws unauthenticated for anything that is not such a token within its time */
  verify(token: string): Promise<Facts>;
  /** What is already known of a good token; undefined where it has to be verified. */
  peek(token: string): Facts | undefined;
}

/**
 * Verifies one kind of our JWTs and remembers the good ones: checking a signature costs 50 µs, which is half of what a
 * whole API Task call may take.
 */
export function createVerifier<Facts extends Ending>(
  keys: SigningKeys,
  clock: DatabaseClock,
  kind: Kind<Facts>,
): Verifier<Facts> {
  /** By the token's hash: whoever reads this memory finds no token in it. */
  const verified = new Map<string, Facts>();

  async function check(token: string, now: number): Promise<Facts> {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await keys.verifying(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        currentDate: new Date(now),
        requiredClaims: ['sub', 'exp', ...kind.requiredClaims],
      },
    ).catch((cause: unknown) => {
      // A database that is away, or a key that does not open, is no fault of the token.
      if (!(cause instanceof errors.JOSEError)) throw cause;
      if (cause instanceof errors.JWTExpired) throw expired();
      throw foreign();
    });
    const facts = kind.read(payload);
    if (facts === undefined) throw foreign();
    return facts;
  }

  return {
    peek(token) {
      const now = clock.peek();
      const kept = now === undefined ? undefined : verified.get(hash('sha256', token, 'base64'));
      return kept !== undefined && now !== undefined && now < kept.expiresOn ? kept : undefined;
    },

    async verify(token) {
      const known = hash('sha256', token, 'base64');
      const now = await clock.now();
      const kept = verified.get(known);
      if (kept) {
        if (now < kept.expiresOn) return kept;
        verified.delete(known);
        throw expired();
      }
      const facts = await check(token, now);
      const oldest = verified.size >= MOST_KEPT ? verified.keys().next().value : undefined;
      if (oldest !== undefined) verified.delete(oldest);
      verified.set(known, facts);
      return facts;
    },
  };
}

function foreign() {
  return error('unauthenticated', 'The token is not one of this Control Room.');
}

function expired() {
  return error('unauthenticated', 'The token has expired.');
}
