import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { error } from '../../kernel/errors.ts';
import { randomToken, sha256 } from '../../kernel/sealing.ts';
import type { DatabaseClock } from './clock.ts';
import { ALGORITHM, type SigningKeys, TOKEN_SECONDS } from './signing-keys.ts';

const ISSUER = 'AutomationAnywhere';
/** About 2 MB; at more tokens in use at once the oldest are verified again. */
const MOST_KEPT = 10_000;

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
  /** By the token's hash: whoever reads this memory finds no token in it. */
  const verified = new Map<string, TokenFacts>();

  async function check(token: string, now: number): Promise<TokenFacts> {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await keys.verifying(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: [ALGORITHM], issuer: ISSUER, currentDate: new Date(now), requiredClaims: ['sub', 'sid', 'exp'] },
    ).catch((cause: unknown) => {
      // A database that is away, or a key that does not open, is no fault of the token.
      if (!(cause instanceof errors.JOSEError)) throw cause;
      if (cause instanceof errors.JWTExpired) throw expired();
      throw error('unauthenticated', 'The token is not one of this Control Room.');
    });
    return readFacts(payload, tenantUuid);
  }

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

    verify: async (token) => {
      const hash = sha256(token).toString('base64');
      const now = await clock.now();
      const kept = verified.get(hash);
      if (kept) {
        if (now < kept.expiresOn) return kept;
        verified.delete(hash);
        throw expired();
      }
      const facts = await check(token, now);
      const oldest = verified.size >= MOST_KEPT ? verified.keys().next().value : undefined;
      if (oldest !== undefined) verified.delete(oldest);
      verified.set(hash, facts);
      return facts;
    },
  };
}

function readFacts(payload: JWTPayload, tenantUuid: string): TokenFacts {
  const userId = Number(payload.sub);
  const { sid, exp } = payload;
  if (
    !Number.isSafeInteger(userId) ||
    typeof sid !== 'string' ||
    exp === undefined ||
    payload.tenantUuid !== tenantUuid
  ) {
    throw error('unauthenticated', 'The token is not one of this Control Room.');
  }
  return { userId, sessionId: sid, expiresOn: exp * 1000 };
}

function expired() {
  return error('unauthenticated', 'The token has expired.');
}
