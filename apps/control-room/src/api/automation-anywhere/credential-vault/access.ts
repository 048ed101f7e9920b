import type { Objects } from '../../operation.ts';

/** Permissions of the Credential Vault (contract a §13.3). Whose credential or locker it is, is the domain's rule. */
export const mayUseCredentials = { anyOf: ['credentials.managecredentials'] } as const;
export const mayCreateLockers = { anyOf: ['locker.create'] } as const;
/** Keys, mode, and the device logins of others: AAE_Admin. */
export const mayAdminister = { anyOf: ['system.administer'] } as const;

export const MODULE = 'Credential Vault';

export const CREDENTIAL: Readonly<Record<string, Objects>> = { id: { kind: 'credential', visibleTo: 'shared' } };
export const LOCKER: Readonly<Record<string, Objects>> = { id: { kind: 'locker', visibleTo: 'shared' } };
export const VALUE: Readonly<Record<string, Objects>> = {
  ...CREDENTIAL,
  valueId: { kind: 'credentialValue', visibleTo: 'shared' },
};
