import { type RawBuilder, sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { Caller } from '../identity/index.ts';
import { requireDescription, requireName } from './names.ts';

/** One thing that a credential holds, such as its password. Values stand apart (values.ts). */
export interface CredentialAttribute {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** Every consumer gives his own value; otherwise the owner's is the one for all. */
  readonly userProvided: boolean;
  /** Never shown in clear. */
  readonly masked: boolean;
  /** For fields of bots that take passwords only. */
  readonly passwordFlag: boolean;
  readonly createdBy: number;
  readonly createdOn: Temporal.Instant;
  readonly updatedBy: number;
  readonly updatedOn: Temporal.Instant;
  readonly version: number;
}

export interface AttributeSettings {
  /** When changing: of the attribute that is meant. Otherwise it is known by its name. */
  readonly id?: number | undefined;
  readonly name: string;
  readonly description?: string | undefined;
  readonly userProvided: boolean;
  readonly masked: boolean;
  readonly passwordFlag?: boolean | undefined;
}

const MOST_ATTRIBUTES = 100;

/** As JSON, with a credential `c`: read together with it. */
export const ATTRIBUTES: RawBuilder<unknown> = sql`(select coalesce(json_agg(json_build_object(
    'id', a.id, 'name', a.name, 'description', a.description, 'userProvided', a.user_provided, 'masked', a.masked,
    'passwordFlag', a.password_flag, 'createdBy', a.created_by, 'createdOn', a.created_on, 'updatedBy', a.updated_by,
    'updatedOn', a.updated_on, 'version', a.version) order by a.id), '[]')
  from credential_attribute a where a.credential_id = c.id)`;

export type AttributeJson = Omit<CredentialAttribute, 'createdOn' | 'updatedOn'> & {
  readonly createdOn: string;
  readonly updatedOn: string;
};

export function readAttribute(json: AttributeJson): CredentialAttribute {
  return {
    ...json,
    createdOn: Temporal.Instant.from(json.createdOn),
    updatedOn: Temporal.Instant.from(json.updatedOn),
  };
}

/**
 * Makes the credential's attributes those that are wanted: by id, or else by name; what is not named goes, with its values.
 * @throws invalid; conflict where a change would show values to people for whom they were not meant
 */
export async function putAttributes(
  tx: Transaction,
  caller: Caller,
  credentialId: number,
  wanted: readonly AttributeSettings[],
  before: readonly CredentialAttribute[] = [],
): Promise<void> {
  requireDistinct(wanted);
  const kept = wanted.map((one) => ({ one, old: find(before, one) }));
  const gone = before.filter((old) => !kept.some((pair) => pair.old?.id === old.id));
  await tx.all(sql`delete from credential_attribute where id = any(${gone.map(({ id }) => id)})`);
  for (const { one, old } of kept) {
    const row = {
      // Robots name their keys as they like: such a name may stay.
      name: old?.name === one.name ? old.name : requireName(one.name, 'attribute'),
      description: requireDescription(one.description ?? old?.description),
      passwordFlag: one.passwordFlag ?? old?.passwordFlag ?? false,
    };
    if (!old) {
      await tx.all(sql`insert into credential_attribute
          (credential_id, name, description, user_provided, masked, password_flag, created_by, updated_by)
        values (${credentialId}, ${row.name}, ${row.description}, ${one.userProvided}, ${one.masked}, ${row.passwordFlag},
          ${caller.userId}, ${caller.userId})`);
    } else if (differs(old, { ...one, ...row })) {
      await requireNoLeak(tx, old, { ...one, ...row });
      await tx.all(sql`update credential_attribute set name = ${row.name}, description = ${row.description},
          user_provided = ${one.userProvided}, masked = ${one.masked}, password_flag = ${row.passwordFlag},
          updated_by = ${caller.userId}, updated_on = present(), version = version + 1 where id = ${old.id}`);
    }
  }
}

function find(
  before: readonly CredentialAttribute[],
  { id, name }: AttributeSettings,
): CredentialAttribute | undefined {
  if (id !== undefined && id !== 0) {
    const known = before.find((old) => old.id === id);
    if (known) return known;
    throw error('invalid', `The credential has no attribute with the id ${id}.`);
  }
  return before.find((old) => old.name.toLowerCase() === name.trim().toLowerCase());
}

function differs(old: CredentialAttribute, next: AttributeSettings): boolean {
  return (
    old.name !== next.name ||
    old.description !== next.description ||
    old.userProvided !== next.userProvided ||
    old.masked !== next.masked ||
    old.passwordFlag !== next.passwordFlag
  );
}

/**
 * A value was given under a promise: masked, for password fields only, for one user or for all. While there are values
 * the promise can be made stronger, not weaker; otherwise a manager of the locker could unmask what he may not read.
 */
async function requireNoLeak(tx: Transaction, old: CredentialAttribute, next: AttributeSettings): Promise<void> {
  const weaker =
    (old.masked && !next.masked) || (old.passwordFlag && !next.passwordFlag) || old.userProvided !== next.userProvided;
  if (!weaker) return;
  const value = await tx.first(sql`select 1 from credential_value where attribute_id = ${old.id} limit 1`);
  if (value)
    throw error('conflict', `The attribute "${old.name}" has values, and this would show them to others.`, {
      details: 'delete its values first, or make another attribute',
    });
}

function requireDistinct(wanted: readonly AttributeSettings[]): void {
  const names = wanted.map(({ name }) => name.trim().toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw error('invalid', `The attribute "${twice.slice(0, 50)}" is named twice.`);
  if (wanted.length === 0 || wanted.length > MOST_ATTRIBUTES)
    throw error('invalid', 'A credential has at least one attribute.', {
      details: `expected 1 to ${MOST_ATTRIBUTES} in attributes; came ${wanted.length}`,
    });
}
