import { type JWTPayload, SignJWT } from 'jose';
import { randomToken } from '../../kernel/sealing.ts';
import type { DatabaseClock } from './clock.ts';
import { ALGORITHM, type SigningKeys, TOKEN_SECONDS } from './signing-keys.ts';
import { createVerifier, ISSUER } from './verifier.ts';

/** What a token of ours says, once its signature is known to be good. */
export interface TokenFacts {
  readonly userId: number;
  readonly sessionId: string;
  /** Milliseconds since 1970, by the database's clock. */
  readonly expiresOn: number;
}

export interface TokenContents {
  readonly userId: number;
  readonly sessionId: string;
  readonly multiple: boolean;
  readonly licenseFeatures: readonly string[];
}

export interface Tokens {
  sign(contents: TokenContents): Promise<string>;
  /** @throws unauthenticated for anything that is not a token of this installation within its time */
  verify(token: string): Promise<TokenFacts>;
}

/** JWTs as the vendor's (contract a §2.2), with two more: `kid` in the header and `sid`, our session. */
export function createTokens(keys: SigningKeys, clock: DatabaseClock, tenantUuid: string): Tokens {
  const verifier = createVerifier(keys, clock, {
    requiredClaims: ['sid'],
    read: (payload) => readFacts(payload, tenantUuid),
  });
  return {
    sign: async ({ userId, sessionId, multiple, licenseFeatures }) => {
      const [{ id, privateKey }, now] = await Promise.all([keys.current(), clock.now()]);
      const issuedAt = Math.floor(now / 1000);
      return new SignJWT({
        clientType: 'WEB',
        licenses: licenseFeatures,
        analyticsLicensesPurchased: {
          AnalyticsClient: licenseFeatures.includes('ANALYTICSCLIENT'),
          AnalyticsAPI: licenseFeatures.includes('ANALYTICSAPI'),
        },
        tenantUuid,
        multipleLogin: multiple,
        nanoTime: Number(process.hrtime.bigint()),
        csrfToken: randomToken(16),
        sid: sessionId,
      })
        .setProtectedHeader({ alg: ALGORITHM, kid: id })
        .setSubject(String(userId))
        .setIssuer(ISSUER)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TOKEN_SECONDS)
        .sign(privateKey);
    },
    verify: verifier.verify,
  };
}

function readFacts(payload: JWTPayload, tenantUuid: string): TokenFacts | undefined {
  const userId = Number(payload.sub);
  const { sid, exp } = payload;
  if (!Number.isSafeInteger(userId) || typeof sid !== 'string' || exp === undefined) return undefined;
  return payload.tenantUuid === tenantUuid ? { userId, sessionId: sid, expiresOn: exp * 1000 } : undefined;
}
