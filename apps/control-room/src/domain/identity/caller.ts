import type { PermissionName } from './permissions.ts';

/** Who is asking, as far as the rules need to know. Made from a valid token, kept while it is. */
export interface Caller {
  readonly userId: number;
  readonly username: string;
  readonly roleIds: ReadonlySet<number>;
  readonly sessionId: string;
  may(permission: PermissionName): boolean;
}

/** The server itself: first start, sweeps, samples. It may everything, and the record says that it was the system. */
export const SYSTEM: Caller = {
  userId: 0,
  username: 'system',
  roleIds: new Set([1]),
  sessionId: '',
  may: () => true,
};
