import type { Operation } from '../../operation.ts';
import { changeOwnPassword } from './change-own-password.ts';
import { createRole } from './create-role.ts';
import { createUser } from './create-user.ts';
import { deleteRole } from './delete-role.ts';
import { deleteUser } from './delete-user.ts';
import { getOwnUser } from './get-own-user.ts';
import { getRole } from './get-role.ts';
import { getUser } from './get-user.ts';
import { listPermissions } from './list-permissions.ts';
import { listRoles } from './list-roles.ts';
import { listUsers } from './list-users.ts';
import { updateRole } from './update-role.ts';
import { updateUser } from './update-user.ts';

/** Contract a §3. */
export const userManagementOperations: readonly Operation[] = [
  createUser,
  listUsers,
  getOwnUser,
  changeOwnPassword,
  getUser,
  updateUser,
  deleteUser,
  createRole,
  listRoles,
  getRole,
  updateRole,
  deleteRole,
  listPermissions,
];
