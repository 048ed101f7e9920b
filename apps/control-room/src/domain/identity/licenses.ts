import { sql } from 'kysely';
import type { Connection, Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from './caller.ts';
import { LICENSE_FEATURES, type LicenseFeature, readLicenseFeatures } from './license-features.ts';

/** How many users have a feature, and how many may. */
export interface LicenseCount {
  readonly feature: LicenseFeature;
  readonly used: number;
  /** Null: as many as there are. This server sells nothing; an administrator may set what somebody else sold. */
  readonly purchased: number | null;
}

/** Who counts: users that are there and may log in. */
const COUNTS = sql`u.deleted_on is null and not u.disabled`;

/**
 * Refuses what is over a limit. Belongs to the transaction that gave a user a feature, which holds the identity lock, so
 * that two at once cannot take the last one.
 * @throws conflict
 */
export async function requireLicensesLeft(tx: Connection, features: readonly string[]): Promise<void> {
  if (features.length === 0) return;
  const over = await tx.first(
    sql<{ feature: string; purchased: number; used: number }>`select l.feature, l.purchased, c.used
      from license_limit l, lateral (select count(*) as used from app_user u where ${COUNTS} and l.feature = any(u.license_features)) c
      where l.feature = any(${[...features]}) and c.used > l.purchased order by l.feature limit 1`,
  );
  if (!over) return;
  throw error('conflict', `No licence ${over.feature} is left: ${over.purchased} may have it.`, {
    details: 'take it from another user, or raise the limit',
  });
}

export function createLicenses(database: Database) {
  async function report(): Promise<LicenseCount[]> {
    const counts = await database.all(
      sql<{ feature: string; used: number }>`select f.feature, count(*) as used
        from app_user u, unnest(u.license_features) as f (feature) where ${COUNTS} group by 1`,
    );
    const limits = await database.all(
      sql<{ feature: string; purchased: number }>`select feature, purchased from license_limit`,
    );
    return LICENSE_FEATURES.map((feature) => ({
      feature,
      used: counts.find((one) => one.feature === feature)?.used ?? 0,
      purchased: limits.find((one) => one.feature === feature)?.purchased ?? null,
    }));
  }

  return {
    report,

    /** Null takes the limit away. Users who have the feature keep it; nobody more gets it. @throws invalid */
    async limit(caller: Caller, name: string, purchased: number | null): Promise<LicenseCount> {
      const [feature] = readLicenseFeatures([name]);
      await database.transaction(async (tx) => {
        await tx.all(
          purchased === null
            ? sql`delete from license_limit where feature = ${feature}`
            : sql`insert into license_limit (feature, purchased, updated_by) values (${feature}, ${purchased}, ${caller.userId})
                on conflict (feature) do update set purchased = excluded.purchased, updated_by = excluded.updated_by, updated_on = present()`,
        );
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'license.limit',
          subject: { type: 'license', id: feature ?? name },
          details: { purchased },
        });
      });
      const found = (await report()).find((one) => one.feature === feature);
      if (!found) throw new Error('The licence feature is gone.');
      return found;
    },
  };
}

export type Licenses = ReturnType<typeof createLicenses>;
