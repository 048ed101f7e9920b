import { type JWTPayload, SignJWT } from 'jose';
import type { DatabaseClock } from './clock.ts';
import { ALGORITHM, type SigningKeys } from './signing-keys.ts';
import { createVerifier, ISSUER, type Verifier } from './verifier.ts';

export interface TaskTokenFacts {
  readonly userId: number;
  /** The one bot that the token opens. */
  readonly botId: number;
  /** Milliseconds since 1970, by the database's clock. */
  readonly expiresOn: number;
}

export interface TaskTokens extends Verifier<TaskTokenFacts> {
  /** A token with which its bearer may execute this API Task, and nothing else. */
  sign(userId: number, botId: number): Promise<string>;
}

/**
 * The tokens of API Tasks, claims as in the seed's sample (contract b §2.5), with `kid` in the header. It is no token of a
 * session: log-in tokens do not open a task, and these open nothing else.
 *
 * @param seconds how long one lives. The vendor's live 12 hours and are to be refreshed every 5 minutes.
 */
export function createTaskTokens(
  keys: SigningKeys,
  clock: DatabaseClock,
  tenantUuid: string,
  seconds: number,
): TaskTokens {
  const verifier = createVerifier(keys, clock, {
    requiredClaims: ['botId'],
    read: (payload) => readFacts(payload, tenantUuid),
  });
  return {
    sign: async (userId, botId) => {
      const [{ id, privateKey }, now] = await Promise.all([keys.current(), clock.now()]);
      const issuedAt = Math.floor(now / 1000);
      return new SignJWT({
        tenantUuid,
        clientType: 'WEB',
        multipleLogin: true,
        botId,
        nanoTime: Number(process.hrtime.bigint()),
      })
        .setProtectedHeader({ alg: ALGORITHM, kid: id })
        .setSubject(String(userId))
        .setIssuer(ISSUER)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + seconds)
        .sign(privateKey);
    },
    ...verifier,
  };
}

function readFacts(payload: JWTPayload, tenantUuid: string): TaskTokenFacts | undefined {
  const userId = Number(payload.sub);
  const { botId, exp } = payload;
  if (!Number.isSafeInteger(userId) || typeof botId !== 'number' || exp === undefined) return undefined;
  return payload.tenantUuid === tenantUuid ? { userId, botId, expiresOn: exp * 1000 } : undefined;
}
