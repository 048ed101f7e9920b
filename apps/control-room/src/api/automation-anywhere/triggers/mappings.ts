import { Type } from 'typebox';
import type { TriggerMapping } from '../../../domain/triggers/index.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { Id, ids, v1Only } from '../wire.ts';
import { MAPPING, mayManage, mayManageAll, mayView } from './access.ts';

const declared = { module: 'Triggers', versions: v1Only } as const;
const Mapping = Type.Object({
  id: Type.String(),
  userId: Type.String({ description: 'Empty for a role’s.' }),
  roleId: Type.String({ description: 'Empty for a user’s.' }),
  botPath: Type.String(),
  modifiedBy: Type.String(),
  lastModified: Type.String(),
  botName: Type.String(),
  botId: Type.String(),
  botLabel: Type.String(),
});

export const putTriggerMappings = operation({
  ...declared,
  name: 'createTriggerMapping',
  summary: 'Map a bot with triggers to users or roles',
  description:
    'Either users or roles. Users need an attended Bot Runner licence. A mapping that is there already is answered as it is. It goes away with the bot, the user or the role.',
  method: 'POST',
  path: '/triggers/triggermapping',
  provenance: 'documented',
  access: mayManageAll,
  refuses: [404],
  body: Type.Object({
    botFileId: Id,
    botFileLabel: Type.Optional(Type.String({ maxLength: 100 })),
    users: Type.Optional(Type.Object({ userIds: Type.Optional(Type.Array(Id)) })),
    roles: Type.Optional(Type.Object({ roleIds: Type.Optional(Type.Array(Id)) })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ triggerMappings: Type.Array(Mapping) }),
    description: 'One mapping for each user or role.',
  },
  handle: async ({ caller, body }, { triggers }) => {
    const mappings = await triggers.mappings.put(caller, {
      botFileId: body.botFileId,
      botLabel: body.botFileLabel ?? '',
      userIds: body.users?.userIds ?? [],
      roleIds: body.roles?.roleIds ?? [],
    });
    return { triggerMappings: mappings.map(render) };
  },
});

export const listTriggerMappings = operation({
  ...declared,
  name: 'listTriggerMappings',
  summary: 'List trigger mappings',
  description: 'All with the right to view or manage event triggers; otherwise those for the caller and his roles.',
  method: 'POST',
  path: '/triggers/triggermapping/list',
  provenance: 'inferred',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(Mapping), description: 'One page of mappings.' },
  handle: async ({ caller, body }, { triggers }) => {
    const request = readListRequest(body);
    return renderList(await triggers.mappings.list(caller, request), request, render);
  },
});

export const deleteTriggerMapping = operation({
  ...declared,
  name: 'deleteTriggerMapping',
  summary: 'Delete a trigger mapping',
  method: 'DELETE',
  path: '/triggers/triggermapping/{id}',
  provenance: 'inferred',
  access: mayManage,
  objects: MAPPING,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { triggers }) => triggers.mappings.remove(caller, params.id),
});

function render(mapping: TriggerMapping): object {
  return {
    id: String(mapping.id),
    userId: mapping.userId === null ? '' : String(mapping.userId),
    roleId: mapping.roleId === null ? '' : String(mapping.roleId),
    botPath: mapping.botPath,
    modifiedBy: String(mapping.modifiedBy),
    lastModified: mapping.modifiedOn.toString(),
    botName: mapping.botName,
    botId: String(mapping.botId),
    botLabel: mapping.botLabel,
  };
}
