import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { AnyObject, currentInV3, ids } from '../wire.ts';
import { mayUse, QUEUE } from './access.ts';
import { renderMember } from './put-member.ts';

export const listMembers = operation({
  name: 'listQueueMembers',
  summary: 'Read the members of a queue',
  module: 'Workload Management',
  method: 'GET',
  path: '/wlm/queues/{id}/members',
  versions: currentInV3,
  provenance: 'observed',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  answer: { status: 200, schema: Type.Array(AnyObject), description: 'The members.' },
  handle: async ({ caller, params }, { work }) =>
    (await work.sharing.members(caller, params.id)).map(({ userId, username, permissions }) => ({
      ...renderMember(userId, permissions),
      username,
    })),
});
