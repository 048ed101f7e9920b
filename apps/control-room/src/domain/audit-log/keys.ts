import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import type { Connection } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { randomToken } from '../../kernel/sealing.ts';

const boundTo = (id: string): string => `audit-key:${id}`;

/** The log's own key, which signs nothing else. Made when the first seal is; its private part never leaves in clear. */
export function createAuditKeys({ database, sealer }: Pick<Kernel, 'database' | 'sealer'>) {
  return {
    /** @param tx holds the sealer's lock, so that one key is made */
    async current(tx: Connection): Promise<{ id: string; privateKey: KeyObject }> {
      const row = await tx.first(
        sql<{
          id: string;
          sealed: string;
        }>`select id, private_key_sealed as sealed from audit_key order by created_on desc limit 1`,
      );
      if (row) {
        const der = sealer.open(row.sealed, boundTo(row.id));
        return { id: row.id, privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
      }
      const pair = generateKeyPairSync('ed25519');
      const id = randomToken(12);
      const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
      const sealed = sealer.seal(pair.privateKey.export({ format: 'der', type: 'pkcs8' }), boundTo(id));
      await tx.all(
        sql`insert into audit_key (id, public_key, private_key_sealed) values (${id}, ${publicKey}, ${sealed})`,
      );
      return { id, privateKey: pair.privateKey };
    },

    published: (): Promise<{ id: string; publicKey: string }[]> =>
      database.all(
        sql<{ id: string; publicKey: string }>`select id, public_key as "publicKey" from audit_key order by created_on`,
      ),
  };
}

export type AuditKeys = ReturnType<typeof createAuditKeys>;
