import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { v1AndV2 } from '../wire.ts';
import { mayView } from './access.ts';
import { RunAsUserAnswer, renderRunAsUser } from './render.ts';

export const listRunAsUsers = operation({
  name: 'listRunAsUsers',
  summary: 'List users that bots may run as',
  description:
    'Users with the licence RUNTIME: the caller, and those who share a role with him that is no system role.',
  module: 'Devices',
  method: 'POST',
  path: '/devices/runasusers/list',
  versions: v1AndV2,
  provenance: 'documented',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(RunAsUserAnswer), description: 'One page of users.' },
  handle: async ({ caller, body }, { fleet }) => {
    const request = readListRequest(body);
    return renderList(await fleet.runAsUsers.list(caller, request), request, renderRunAsUser);
  },
});
