import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { randomToken } from '../../kernel/sealing.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import { lockIdentity } from './admin-guard.ts';
import { SYSTEM } from './caller.ts';
import { requireUsername } from './names.ts';
import type { Passwords } from './passwords.ts';
import { ADMIN_ROLE, PERMISSIONS, permissionByName, SYSTEM_ROLES } from './permissions.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface FirstStart {
  readonly adminUsername: string;
  /** Taken as it is, whatever the policy says: who starts the server decides. */
  readonly adminPassword?: string | undefined;
  /** Where a password that was made is kept, in the file `admin-password`. */
  readonly dataDir?: string | undefined;
}

const PASSWORD_FILE = 'admin-password';
/** What an administrator can try everything with (contract a §3.3). */
const ADMIN_FEATURES = ['DEVELOPMENT', 'RUNTIME'];

/**
 * Writes what must be there before anybody can log in: system roles, a signing key, the first administrator. Every start
 * calls it, of every replica; the lock lets one do the work and the others find it done.
 *
 * Answers the administrator's password, if it was made here.
 */
export async function prepareIdentity(
  database: Database,
  passwords: Passwords,
  keys: SigningKeys,
  options: FirstStart,
): Promise<string | undefined> {
  return database.transaction(async (tx) => {
    await lockIdentity(tx);
    await writeSystemRoles(tx);
    await keys.prepare(tx);
    return makeAdmin(tx, passwords, options);
  });
}

/**
 * Roles can be edited (contract a §3.4), so a start does not write their permissions anew. But a right that came with this
 * version is in no role yet: each is given once, to the system roles it belongs to.
 */
async function writeSystemRoles(tx: Transaction): Promise<void> {
  const kept = await tx.first(sql<{ value: number[] }>`select value from installation where key = 'knownPermissions'`);
  const known = new Set(kept?.value ?? []);
  for (const { id, name, description, permissions } of SYSTEM_ROLES) {
    const inserted = await tx.first(
      sql`insert into role (id, name, description, is_system) values (${id}, ${name}, ${description}, true)
        on conflict do nothing returning id`,
    );
    const ids = permissions
      .map((permission) => permissionByName(permission).id)
      .filter((permission) => inserted || !known.has(permission));
    await tx.all(
      sql`insert into role_permission (role_id, permission_id)
        select r.id, p from role r, unnest(${ids}::int[]) as p where r.id = ${id} and r.is_system on conflict do nothing`,
    );
  }
  // A union: while an older version runs beside this one it must not forget what it does not know.
  const all = [...new Set([...known, ...PERMISSIONS.map(({ id }) => id)])].sort((a, b) => a - b);
  await tx.all(
    sql`insert into installation values ('knownPermissions', ${JSON.stringify(all)}::jsonb)
      on conflict (key) do update set value = excluded.value`,
  );
}

async function makeAdmin(
  tx: Transaction,
  passwords: Passwords,
  { adminUsername, adminPassword, dataDir }: FirstStart,
): Promise<string | undefined> {
  const anybody = await tx.first(sql`select 1 from app_user limit 1`);
  if (anybody) return undefined;
  const password = adminPassword ?? randomToken(18);
  const username = requireUsername(adminUsername);
  const admin = await tx.first(
    // Several clients of one administrator must not throw each other out while there is no other user yet.
    sql<{ id: number }>`insert into app_user (username, password_hash, multiple_login_allowed, license_features)
      values (${username}, ${await passwords.hash(password)}, true, ${ADMIN_FEATURES}) returning id`,
  );
  if (!admin) throw new Error('The administrator was not inserted.');
  await tx.all(sql`insert into user_role (user_id, role_id) values (${admin.id}, ${ADMIN_ROLE})`);
  await recordAudit(tx, {
    actor: actorOf(SYSTEM),
    action: 'user.create',
    subject: { type: 'user', id: admin.id, name: username },
  });
  if (adminPassword !== undefined) return undefined;
  // Before the commit: a user whose password nobody has would be worse than a file without its user.
  if (dataDir !== undefined) await writePrivately(path.join(dataDir, PASSWORD_FILE), `${password}\n`);
  return password;
}

/** Whole or not at all, and readable for its owner only from its first moment. */
async function writePrivately(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomToken(6)}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle
      .writeFile(text)
      .then(() => handle.sync())
      .finally(() => handle.close());
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
