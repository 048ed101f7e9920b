import { error } from '../../kernel/errors.ts';
import { PERMISSIONS, type Permission, permissionById, prerequisiteOf } from './permissions.ts';
import type { Grant } from './rights.ts';

/** A permission as somebody names it: by its id, or by its two words. */
export interface GivenPermission {
  readonly id?: number | undefined;
  readonly action?: string | undefined;
  readonly resourceType?: string | undefined;
  /** Of the one object that it is for; absent for all. */
  readonly resourceId?: string | undefined;
}

/** @throws invalid for a permission that does not exist, or that presupposes one that is not among them (a §13.2) */
export function readPermissions(given: readonly GivenPermission[]): Grant[] {
  const grants = given.map((one) => ({ permission: find(one), resourceId: one.resourceId ? one.resourceId : null }));
  for (const { permission, resourceId } of grants) {
    const needed = prerequisiteOf(permission);
    if (needed === undefined) continue;
    const there = grants.some(
      (other) => other.permission.name === needed && (other.resourceId === null || other.resourceId === resourceId),
    );
    if (!there) throw error('invalid', `A role with ${permission.name} must have ${needed} as well.`);
  }
  return grants;
}

function find({ id, action, resourceType }: GivenPermission): Permission {
  // The id decides: it is what clients copy from one role to another. The words are for ids of versions we do not know.
  const known =
    (id === undefined ? undefined : permissionById(id)) ??
    PERMISSIONS.find((one) => one.action === action?.toLowerCase() && one.resourceType === resourceType?.toLowerCase());
  if (known) return known;
  const words = [id, action, resourceType].filter((part) => part !== undefined).join(' ');
  throw error('invalid', `There is no permission ${words.slice(0, 100) || 'without an id'}.`, {
    details: 'POST /v2/usermanagement/permissions/list lists them',
  });
}
