import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { recordAudit } from '../audit/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import type { KeyPair } from './key-pair.ts';
import { type Keyring, SEALED_COLUMNS, type Sealed } from './keyring.ts';
import { requireDescription } from './names.ts';
import type { OpenSecrets } from './opening.ts';
import { readSecretValue, requireSecretName, type SecretText, textsOf } from './robot-secret-values.ts';
import { openFromRobot, type RobotEnvelope, readRobotKey, requireScheme, sealForRobot } from './robot-transit.ts';
import { placeOf } from './values.ts';

/** A credential as robots see it: a name, and keys with values (contract robocorp §8.5). */
export interface RobotSecret {
  readonly name: string;
  readonly description: string;
  readonly keys: readonly string[];
  readonly updatedOn: Temporal.Instant;
}

export type RobotSecretValue = Readonly<Record<string, unknown>>;

interface Found {
  readonly id: number;
  readonly name: string;
  readonly description: string;
}

interface ValueRow extends Sealed {
  readonly id: number;
  readonly attributeId: number;
  readonly key: string;
  readonly isJson: boolean;
  readonly version: number;
}

const LOCKER_NAME = 'Robot secrets';
const IN_LOCKER = sql`c.locker_id = (select l.id from locker l where l.workspace_id = c.workspace_id and l.for_robots)`;
const COLUMNS = sql`c.name, c.description, c.updated_on as "updatedOn",
  (select coalesce(array_agg(a.name order by a.id), '{}') from credential_attribute a where a.credential_id = c.id and not a.user_provided) as keys`;

/**
 * The secrets of a workspace's robots: the credentials in the one locker that its robots read. So a credential that people have made is
 * read by robots once it lies there, and what a robot puts is seen by people as a credential. Names differ within a workspace, letter
 * case not counting. What each user gives himself is no robot's.
 */
export function createRobotSecrets(
  database: Database,
  { keyring, open, keys }: { readonly keyring: Keyring; readonly open: OpenSecrets; readonly keys: KeyPair },
) {
  /** @throws notFound */
  async function find({ workspace }: WorkspaceCaller, name: string): Promise<Found> {
    const found = await database.first(
      sql<Found>`select c.id, c.name, c.description from credential c
        where c.workspace_id = ${workspace.id} and lower(c.name) = lower(${name.trim()}) and ${IN_LOCKER}`,
    );
    if (!found) throw absent(name);
    return found;
  }

  /** It leaves after the rows that say so are on disk. @throws notFound; vaultLocked; vaultKeyService; vaultTampered */
  async function read(caller: WorkspaceCaller, name: string): Promise<Found & { readonly value: RobotSecretValue }> {
    const found = await find(caller, name);
    const rows = await database.all(
      sql<ValueRow>`select v.id, v.attribute_id as "attributeId", a.name as key, a.is_json as "isJson", v.version, ${SEALED_COLUMNS}
        from credential_attribute a join credential_value v on v.attribute_id = a.id and v.user_id is null
        where a.credential_id = ${found.id} and not a.user_provided order by a.id`,
    );
    const texts = await open(
      caller.actor,
      rows.map((row) => ({
        sealed: row,
        place: placeOf({ ...row, userId: null }),
        action: 'credentialValue.consume',
        subject: { type: 'credentialValue', id: row.id, name: `${found.name}.${row.key}` },
        details: { workspace: caller.workspace.uuid, purpose: { type: caller.kind, id: caller.runId ?? '' } },
      })),
    );
    const value = rows.map(({ key, isJson }, i) => [key, readSecretValue(texts[i] ?? '', isJson)] as const);
    return { ...found, value: Object.fromEntries(value) };
  }

  async function put(
    caller: WorkspaceCaller,
    name: string,
    secret: { readonly description?: string | undefined; readonly value: unknown },
  ): Promise<void> {
    const wanted = requireSecretName(name);
    const description = requireDescription(secret.description);
    const texts = textsOf(secret.value);
    await database.transaction(async (tx) => {
      const lockerId = await lockerOf(tx, caller);
      const { id, made } = await claimName(tx, caller, { name: wanted, description, lockerId });
      await putValues(tx, caller, id, texts);
      await recordAudit(tx, {
        actor: caller.actor,
        action: made ? 'credential.create' : 'credential.update',
        subject: { type: 'credential', id, name: wanted },
        details: { attributes: texts.map(({ key }) => key), workspace: caller.workspace.uuid },
      });
    });
  }

  async function putValues(
    tx: Transaction,
    caller: WorkspaceCaller,
    credentialId: number,
    texts: readonly SecretText[],
  ): Promise<void> {
    const own = await tx.first(
      sql<{
        name: string;
      }>`select name from credential_attribute where credential_id = ${credentialId} and user_provided
        and lower(name) = any(${texts.map(({ key }) => key.toLowerCase())}::text[]) limit 1`,
    );
    if (own)
      throw error('conflict', `Each user gives his own value for "${own.name}": it cannot be set for robots.`, {
        details: 'choose another key',
      });
    await tx.all(sql`delete from credential_attribute where credential_id = ${credentialId} and not user_provided`);
    for (const { key, text, isJson } of texts) {
      const row = await tx.first(
        sql<{ attributeId: number; id: number }>`insert into credential_attribute
            (credential_id, name, user_provided, masked, is_json, created_by, updated_by)
          values (${credentialId}, ${key}, false, true, ${isJson}, ${caller.userId}, ${caller.userId})
          returning id as "attributeId", nextval(pg_get_serial_sequence('credential_value', 'id')) as id`,
      );
      if (!row) throw new Error('The attribute was not inserted.');
      const sealed = await keyring.seal(tx, text, placeOf({ ...row, userId: null, version: 0 }));
      await tx.all(sql`insert into credential_value (id, attribute_id, sealed, data_key, vault_key_id, created_by, updated_by)
        values (${row.id}, ${row.attributeId}, ${sealed.sealed}, ${sealed.dataKey}, ${sealed.vaultKeyId}, ${caller.userId}, ${caller.userId})`);
    }
  }

  return {
    list: ({ workspace }: WorkspaceCaller): Promise<RobotSecret[]> =>
      database.all(
        sql<RobotSecret>`select ${COLUMNS} from credential c where c.workspace_id = ${workspace.id} and ${IN_LOCKER} order by lower(c.name)`,
      ),

    /** Without values. @throws notFound */
    async get(caller: WorkspaceCaller, name: string): Promise<RobotSecret> {
      const { id } = await find(caller, name);
      const secret = await database.first(sql<RobotSecret>`select ${COLUMNS} from credential c where c.id = ${id}`);
      if (!secret) throw absent(name);
      return secret;
    },

    /** Makes it, or replaces all that it holds. @throws invalid; conflict; vaultLocked */
    put,

    /** @throws notFound */
    async remove(caller: WorkspaceCaller, name: string): Promise<void> {
      const { id, name: known } = await find(caller, name);
      await database.transaction(async (tx) => {
        const gone = await tx.first(sql`delete from credential where id = ${id} returning id`);
        if (!gone) throw absent(name);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'credential.delete',
          subject: { type: 'credential', id, name: known },
          details: { workspace: caller.workspace.uuid },
        });
      });
    },

    /** With this robots encrypt what they put: SPKI, DER, base64. */
    publicKey: keys.publicKey,

    /** For the robot's own key. @throws invalid; notFound; vaultLocked; vaultKeyService; vaultTampered */
    async readSealed(
      caller: WorkspaceCaller,
      name: string,
      { scheme, publicKey }: { readonly scheme: string; readonly publicKey: string },
    ): Promise<Found & RobotEnvelope> {
      // Before anything is opened and recorded.
      requireScheme(scheme);
      const key = readRobotKey(publicKey);
      const { value, ...found } = await read(caller, name);
      return { ...found, ...sealForRobot(key, JSON.stringify(value)) };
    },

    /** @throws invalid; conflict; vaultLocked; vaultKeyService */
    async putSealed(
      caller: WorkspaceCaller,
      name: string,
      { description, ...envelope }: RobotEnvelope & { readonly description?: string | undefined },
    ): Promise<void> {
      const plain = await openFromRobot(keys, envelope);
      await put(caller, name, { description, value: parse(plain) });
    },
  };
}

const absent = (name: string) => error('notFound', `There is no secret "${name.slice(0, 255)}" in the workspace.`);

function parse(plain: string): unknown {
  try {
    return JSON.parse(plain);
  } catch {
    // The parser's own message is left out: it shows what it choked on.
    throw error('invalid', 'What was encrypted is not JSON.', { details: 'expected an object of keys and values' });
  }
}

/** The locker that the robots of the workspace read, made when the first secret comes. */
async function lockerOf(tx: Transaction, { workspace, userId }: WorkspaceCaller): Promise<number> {
  const known = () =>
    tx.first(sql<{ id: number }>`select id from locker where workspace_id = ${workspace.id} and for_robots for share`);
  const found = await known();
  if (found) return found.id;
  // People may have a locker of this name already.
  for (const name of [LOCKER_NAME, `${LOCKER_NAME} ${workspace.uuid.slice(0, 8)}`]) {
    await tx.all(
      sql`insert into locker (workspace_id, for_robots, name, description, created_by, updated_by)
        values (${workspace.id}, true, ${name}, 'What lies here is read by the robots of the workspace.', ${userId}, ${userId})
        on conflict do nothing`,
    );
    const made = await known();
    if (made) return made.id;
  }
  throw error('conflict', `There are lockers named "${LOCKER_NAME}" that are not the robots'.`, {
    details: 'rename them',
  });
}

/** The credential of this name, locked; made where there is none. @throws conflict where people keep one elsewhere */
async function claimName(
  tx: Transaction,
  { workspace, userId }: WorkspaceCaller,
  wanted: { readonly name: string; readonly description: string; readonly lockerId: number },
): Promise<{ id: number; made: boolean }> {
  const { name, description, lockerId } = wanted;
  const made = await tx.first(
    sql<{
      id: number;
    }>`insert into credential (workspace_id, name, description, owner_id, locker_id, created_by, updated_by)
      values (${workspace.id}, ${name}, ${description}, ${userId}, ${lockerId}, ${userId}, ${userId}) on conflict do nothing returning id`,
  );
  if (made) return { id: made.id, made: true };
  const changed = await tx.first(
    sql<{
      id: number;
    }>`update credential set name = ${name}, description = ${description}, updated_by = ${userId}, updated_on = present(),
        version = version + 1
      where workspace_id = ${workspace.id} and lower(name) = lower(${name}) and locker_id = ${lockerId} returning id`,
  );
  if (changed) return { id: changed.id, made: false };
  throw error('conflict', `The name "${name}" is taken by a credential that robots do not read.`, {
    details: `put that one into the locker "${LOCKER_NAME}", or choose another name`,
  });
}
