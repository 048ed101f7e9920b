/**
 * The permission vocabulary (contract a §13.2). A role holds ids; code asks for names, `resourceType.action`.
 * Ids below 100000 were seen on the vendor's wire; the others are our own (contract a §15 no. 15) and may be changed
 * when better evidence appears.
 */
const vocabulary = [
  [1, 'usermanagement', 'usermanagement'],
  [2, 'deleteuser', 'usermanagement'],
  [3, 'createuser', 'usermanagement'],
  [4, 'updateuser', 'usermanagement'],
  [5, 'updateschedule', 'taskscheduling'],
  [7, 'run', 'repositorymanager'],
  [10, 'addschedule', 'taskscheduling'],
  [12, 'rolesmanagement', 'rolesmanagement'],
  [28, 'view', 'taskscheduling'],
  [29, 'view', 'repositorymanager'],
  [30, 'view', 'devices'],
  [31, 'export', 'repositorymanager'],
  [32, 'import', 'repositorymanager'],
  [40, 'create', 'pool'],
  [51, 'managemyschedule', 'taskscheduling'],
  [52, 'manageeveryoneschedule', 'taskscheduling'],
  [54, 'createfolders', 'repositorymanager'],
  [55, 'renamefolders', 'repositorymanager'],
  [58, 'myschedule', 'taskscheduling'],
  [59, 'managecredentials', 'credentials'],
  [62, 'rolesview', 'rolesmanagement'],
  [97, 'register', 'devices'],
  [118, 'all', 'devices'],
  [119, 'delete', 'devices'],
  [120, 'view', 'dashboard'],
  [131, 'managemytriggers', 'eventtriggers'],
  [134, 'viewuserrolebasicinfo', 'usermanagement'],
  [149, 'view', 'eventtriggers'],
  [150, 'manage', 'eventtriggers'],
  [1158, 'cancelcheckout', 'repositorymanager'],
  [1191, 'edit', 'devices'],
  [5244, 'attestcredentials', 'usermanagement'],
  [100001, 'generateapikey', 'apikey'],
  [100002, 'createqueues', 'workload'],
  [100003, 'viewandmanagemyqueues', 'workload'],
  [100004, 'administerallqueues', 'workload'],
  [100005, 'exportqueues', 'workload'],
  [100006, 'administerallpools', 'pool'],
  [100007, 'upload', 'repositorymanager'],
  [100008, 'delete', 'repositorymanager'],
  [100009, 'forceunlock', 'repositorymanager'],
  [100010, 'accessresourceany', 'repositorymanager'],
  [100011, 'setproductionversion', 'repositorymanager'],
  [100012, 'create', 'locker'],
  [100013, 'consume', 'locker'],
  [100014, 'createstandard', 'credentialattribute'],
  [100015, 'deleteschedule', 'taskscheduling'],
  [100016, 'manageallmyfolderschedules', 'taskscheduling'],
  [100017, 'manageallschedules', 'taskscheduling'],
  [100018, 'setautomationpriority', 'taskscheduling'],
  [100019, 'everyoneschedule', 'taskscheduling'],
  [100020, 'licensemanagement', 'license'],
  [100021, 'licenseinstall', 'license'],
  [100022, 'licenseuserallocation', 'license'],
  [100023, 'view', 'migration'],
  [100024, 'manage', 'migration'],
  [100025, 'updatestatus', 'migration'],
  [100026, 'viewauditlog', 'audit'],
  [100027, 'administer', 'system'],
  [100028, 'manageallocations', 'apitasks'],
  [100090, 'view', 'globalvalues'],
  [100091, 'manage', 'globalvalues'],
  [100040, 'view', 'packagemanager'],
  [100041, 'manage', 'packagemanager'],
  [100030, 'administeralllockers', 'locker'],
] as const satisfies readonly (readonly [id: number, action: string, resourceType: string])[];

type Entry = (typeof vocabulary)[number];
type NameOf<E> = E extends readonly [number, infer A extends string, infer R extends string] ? `${R}.${A}` : never;
export type PermissionName = NameOf<Entry>;

export interface Permission {
  readonly id: number;
  readonly action: string;
  readonly resourceType: string;
  readonly name: PermissionName;
}

export const PERMISSIONS: readonly Permission[] = vocabulary.map(([id, action, resourceType]) => ({
  id,
  action,
  resourceType,
  name: `${resourceType}.${action}` as PermissionName,
}));

const byId = new Map<number, Permission>(PERMISSIONS.map((permission) => [permission.id, permission]));
const byName = new Map<string, Permission>(PERMISSIONS.map((permission) => [permission.name, permission]));

export function permissionById(id: number): Permission | undefined {
  return byId.get(id);
}

export function permissionByName(name: PermissionName): Permission {
  const permission = byName.get(name);
  if (!permission) throw new Error(`The vocabulary has no permission ${name}.`);
  return permission;
}

/** Every role has these (contract a §13.1). */
export const EVERYONE: readonly PermissionName[] = [
  'dashboard.view',
  'taskscheduling.myschedule',
  'credentials.managecredentials',
  'devices.view',
];

/** May everything, and only its members may touch it or one another. */
export const ADMIN_ROLE = 1;

interface SystemRole {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly PermissionName[];
}

/** Contract a §13.1: ids 1 and 2 are evidenced, the order of the others is ours. */
export const SYSTEM_ROLES: readonly SystemRole[] = [
  { id: 1, name: 'AAE_Admin', description: 'Everything', permissions: PERMISSIONS.map(({ name }) => name) },
  {
    id: 2,
    name: 'AAE_Basic',
    description: 'What every user may do',
    permissions: [...EVERYONE, 'repositorymanager.view', 'workload.viewandmanagemyqueues'],
  },
  {
    id: 3,
    name: 'AAE_Bot Developer',
    description: 'Writes bots',
    permissions: [
      ...EVERYONE,
      'repositorymanager.view',
      'repositorymanager.run',
      'repositorymanager.upload',
      'repositorymanager.delete',
      'repositorymanager.createfolders',
      'repositorymanager.renamefolders',
      'globalvalues.view',
    ],
  },
  { id: 4, name: 'AAE_Bot Insight Admin', description: 'Looks at all figures', permissions: EVERYONE },
  { id: 5, name: 'AAE_Bot Insight Consumer', description: 'Looks at figures', permissions: EVERYONE },
  {
    id: 6,
    name: 'AAE_Bot Migration Admin',
    description: 'Moves bots from older versions',
    permissions: [...EVERYONE, 'migration.view', 'migration.manage', 'migration.updatestatus'],
  },
  { id: 7, name: 'AAE_Bot Store Publisher', description: 'Publishes bots', permissions: EVERYONE },
  {
    id: 8,
    name: 'AAE_Queue Admin',
    description: 'Sees and manages all queues',
    permissions: [
      ...EVERYONE,
      'workload.createqueues',
      'workload.viewandmanagemyqueues',
      'workload.administerallqueues',
      'workload.exportqueues',
    ],
  },
  {
    id: 9,
    name: 'AAE_Pool Admin',
    description: 'Sees and manages all device pools',
    permissions: [...EVERYONE, 'pool.create', 'pool.administerallpools', 'devices.all'],
  },
  {
    id: 10,
    name: 'AAE_Locker Admin',
    description: 'Sees all lockers and credentials, never their values',
    permissions: [...EVERYONE, 'locker.create', 'locker.administeralllockers'],
  },
  {
    id: 11,
    name: 'AAE_API Task Runner',
    description: 'Runs API Tasks',
    permissions: [...EVERYONE, 'repositorymanager.run'],
  },
];

/**
 * Which right presupposes which (contract a §13.2): without seeing users or roles nobody changes them, and without seeing
 * the repository nobody does anything in it.
 */
export function prerequisiteOf({ name, resourceType }: Permission): PermissionName | undefined {
  switch (name) {
    case 'usermanagement.createuser':
    case 'usermanagement.updateuser':
    case 'usermanagement.deleteuser':
      return 'usermanagement.usermanagement';
    case 'rolesmanagement.rolesmanagement':
      return 'rolesmanagement.rolesview';
    case 'repositorymanager.view':
      return undefined;
    default:
      return resourceType === 'repositorymanager' ? 'repositorymanager.view' : undefined;
  }
}
