import { type CryptoKey, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8, type JWK } from 'jose';
import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { remember } from '../../kernel/remembered.ts';
import { randomToken, type Sealer } from '../../kernel/sealing.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from './caller.ts';
import type { DatabaseClock } from './clock.ts';

/** What the vendor signs with (contract a §2.2). */
export const ALGORITHM = 'RS512';
/** The length of a log-in token's life (contract a §2.2). */
export const TOKEN_SECONDS = 1_200;
const BITS = 2_048;

interface Ring {
  readonly current: { readonly id: string; readonly privateKey: CryptoKey };
  readonly verifying: ReadonlyMap<string, { readonly publicKey: CryptoKey; readonly jwk: JWK; readonly until: number }>;
}

interface Row {
  readonly id: string;
  readonly publicJwk: JWK;
  readonly sealed: string | null;
  /** Milliseconds since 1970; null while it signs. */
  readonly retiredOn: number | null;
}

export interface SigningKeys {
  current(): Promise<Ring['current']>;
  /** Undefined for a key that never was, or that was retired longer ago than a token lives. */
  verifying(id: string): Promise<CryptoKey | undefined>;
  /** RFC 7517, without a private part. */
  jwks(): Promise<{ keys: JWK[] }>;
  /** Makes the first key, if there is none. */
  prepare(tx: Transaction): Promise<void>;
  /** A new key signs from now on. Answers its id. */
  rotate(caller: Caller): Promise<string>;
}

export function createSigningKeys(
  database: Database,
  wakeUps: WakeUps,
  sealer: Sealer,
  clock: DatabaseClock,
  /** The longest life of any token that these keys sign: so long a retired key still verifies. */
  longestSeconds = TOKEN_SECONDS,
): SigningKeys {
  const rings = remember(wakeUps, 'signing-keys', readRing);

  async function readRing(): Promise<Ring> {
    const rows = await database.all(
      sql<Row>`select id, public_jwk as "publicJwk", private_key_sealed as sealed,
          (extract(epoch from retired_on) * 1000)::float8 as "retiredOn"
        from signing_key where retired_on is null or retired_on > present() - make_interval(secs => ${longestSeconds})`,
    );
    const signing = rows.find(({ retiredOn }) => retiredOn === null);
    if (!signing?.sealed) throw new Error('There is no key to sign tokens with: the first start was not finished.');
    const pkcs8 = sealer.open(signing.sealed, boundTo(signing.id)).toString();
    const verifying = await Promise.all(
      rows.map(async ({ id, publicJwk, retiredOn }) => {
        const publicKey = (await importJWK(publicJwk, ALGORITHM)) as CryptoKey; // An RSA key is never a bare secret.
        const until = retiredOn === null ? Number.POSITIVE_INFINITY : retiredOn + longestSeconds * 1000;
        return [id, { publicKey, jwk: publicJwk, until }] as const;
      }),
    );
    return {
      current: { id: signing.id, privateKey: await importPKCS8(pkcs8, ALGORITHM) },
      verifying: new Map(verifying),
    };
  }

  async function add(tx: Transaction): Promise<string> {
    const pair = await generateKeyPair(ALGORITHM, { modulusLength: BITS, extractable: true });
    const id = randomToken(12);
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: id, alg: ALGORITHM, use: 'sig' };
    const sealed = sealer.seal(await exportPKCS8(pair.privateKey), boundTo(id));
    await tx.all(
      sql`insert into signing_key (id, public_jwk, private_key_sealed) values (${id}, ${JSON.stringify(jwk)}, ${sealed})`,
    );
    await announce(tx, 'signing-keys', '*');
    return id;
  }

  return {
    current: async () => (await rings.get('ring')).current,
    verifying: async (id) => {
      const [ring, now] = await Promise.all([rings.get('ring'), clock.now()]);
      const key = ring.verifying.get(id);
      return key && now < key.until ? key.publicKey : undefined;
    },
    jwks: async () => {
      const [ring, now] = await Promise.all([rings.get('ring'), clock.now()]);
      return { keys: [...ring.verifying.values()].filter(({ until }) => now < until).map(({ jwk }) => jwk) };
    },
    prepare: async (tx) => {
      const known = await tx.first(sql`select 1 from signing_key where retired_on is null`);
      if (!known) await add(tx);
    },
    rotate: async (caller) => {
      const id = await database.transaction(async (tx) => {
        // Two rotations at once come one after the other, and each leaves exactly one key that signs.
        await tx.all(sql`lock table signing_key in share row exclusive mode`);
        // What cannot sign any more need not be able to: the private part goes at once.
        await tx.all(
          sql`update signing_key set retired_on = present(), private_key_sealed = null where retired_on is null`,
        );
        const fresh = await add(tx);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'signingKey.rotate',
          subject: { type: 'signingKey', id: fresh },
        });
        return fresh;
      });
      rings.forget('ring');
      return id;
    },
  };
}

function boundTo(id: string): string {
  return `signing-key:${id}`;
}
