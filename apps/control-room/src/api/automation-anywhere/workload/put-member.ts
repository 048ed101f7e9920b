import { Type } from 'typebox';
import type { MemberPermission } from '../../../domain/work/index.ts';
import { operation } from '../../operation.ts';
import { AnyObject, ids, replacedByV4 } from '../wire.ts';
import { mayCreate, QUEUE } from './access.ts';

/** The seed's roles in the doc's permissions (contract b §1.5). [inferred] */
const PERMISSIONS = { OWNER: ['own', 'manage'], MEMBER: ['manage'], PARTICIPANT: [] } as const satisfies Record<
  string,
  readonly MemberPermission[]
>;

export const putMember = operation({
  name: 'putQueueMember',
  summary: 'Add a queue member or change his permissions',
  description: 'Two dialects: {"permissions": ["own", "manage"]} of the documentation, {"role": "OWNER"} of the seed.',
  module: 'Workload Management',
  method: 'PUT',
  path: '/wlm/queues/{id}/members/{userId}',
  versions: replacedByV4,
  provenance: 'documented',
  access: mayCreate,
  objects: { ...QUEUE, userId: { kind: 'user', visibleTo: 'everyone' } },
  params: ids('id', 'userId'),
  body: Type.Object({
    permissions: Type.Optional(Type.Array(Type.Enum(['own', 'manage']))),
    role: Type.Optional(Type.Enum(['OWNER', 'MEMBER', 'PARTICIPANT'])),
  }),
  answer: { status: 200, schema: AnyObject, description: 'The member, in both dialects.' },
  handle: async ({ caller, params, body }, { work }) => {
    const permissions: readonly MemberPermission[] =
      body.permissions ?? (body.role ? PERMISSIONS[body.role] : PERMISSIONS.MEMBER);
    await work.sharing.putMember(caller, params.id, params.userId, permissions);
    return renderMember(params.userId, permissions);
  },
});

export function renderMember(userId: number, permissions: readonly string[]): object {
  const role = permissions.includes('own') ? 'OWNER' : permissions.includes('manage') ? 'MEMBER' : 'PARTICIPANT';
  return { id: userId, userId, role, permissions };
}
