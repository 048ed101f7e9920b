import { Type } from 'typebox';
import type { GroupLinkToken, Membership, WorkerGroup } from '../../../domain/fleet/index.ts';
import { Moment, momentOrNull, Nullable, Reference } from '../wire.ts';

export const GroupShown = Type.Object({ id: Type.String(), name: Type.String() });

export const renderGroup = ({ uuid, name }: WorkerGroup) => ({ id: uuid, name });

export const MembershipShown = Type.Object({ worker: Reference, worker_groups: Type.Array(GroupShown) });

export const renderMembership = ({ workerId, groups }: Membership) => ({
  worker: { id: workerId },
  worker_groups: groups.map(renderGroup),
});

/** Never with its text: the vendor's own page shows it, here an extension call does. */
export const LinkTokenShown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  expires_at: Nullable(Moment),
  worker_group: Reference,
});

export const renderLinkToken = ({ id, name, expiresOn, group }: GroupLinkToken) => ({
  id,
  name,
  expires_at: momentOrNull(expiresOn),
  worker_group: { id: group.uuid },
});
