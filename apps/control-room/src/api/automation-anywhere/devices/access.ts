import type { Objects } from '../../operation.ts';

/** Permissions of the calls about devices (contract a §13.3). Whose device or pool it is, is the domain's rule. */
export const mayView = { anyOf: ['devices.view'] } as const;
export const mayReset = { anyOf: ['devices.edit', 'usermanagement.usermanagement'] } as const;
/** Creating needs `pool.create` together with `devices.all`, which the domain checks. */
export const mayCreatePools = { anyOf: ['pool.create', 'pool.administerallpools'] } as const;
/** Owners and consumers need no right of their own beside the one that every role has. */
export const mayUsePools = { anyOf: ['devices.view', 'pool.create', 'pool.administerallpools'] } as const;

export const POOL: Readonly<Record<string, Objects>> = { id: { kind: 'pool', visibleTo: 'shared' } };
