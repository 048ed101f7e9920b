import { Type } from 'typebox';
import { type ItemStatus, readStatus, STATUS_SPELLINGS } from '../../../domain/work/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Anything, Id, ids, replacedByV4 } from '../wire.ts';
import { ITEM, mayUse } from './access.ts';
import { readDeferral } from './deferral.ts';
import { ItemAnswer, renderItem } from './render.ts';

export const updateItem = operation({
  name: 'updateWorkItem',
  summary: 'Change a work item',
  description:
    'Status, result, comment or payload. v4 needs id, queueId and version; a stale version is refused with 409 and changes nothing.',
  module: 'Workload Management',
  method: 'PUT',
  path: '/wlm/queues/{id}/workitems/{wid}',
  versions: replacedByV4,
  provenance: 'documented',
  access: mayUse,
  objects: ITEM,
  params: ids('id', 'wid'),
  body: Type.Object({
    id: Type.Optional(Id),
    queueId: Type.Optional(Id),
    version: Type.Optional(Type.Integer()),
    status: Type.Optional(Type.String()),
    result: Type.Optional(Type.String({ maxLength: 10_000 })),
    comment: Type.Optional(Type.String({ maxLength: 2_000 })),
    json: Type.Optional(Anything),
    deferredType: Type.Optional(Type.String()),
    deferredUntil: Type.Optional(Type.String()),
  }),
  answer: { status: 200, schema: ItemAnswer, description: 'The item as it is now.' },
  handle: async ({ caller, params, body, version }, { work, tenant }) => {
    // A stranger's queue is absent before anything is said about the body (contract a §1.6, order of checks).
    await work.items.get(caller, params.id, params.wid);
    if (version === 'v4') requireSeedFields(body);
    if (body.id !== undefined && body.id !== params.wid)
      throw error('invalid', `The body names work item ${body.id}, the path ${params.wid}.`);
    if (body.queueId !== undefined && body.queueId !== params.id)
      throw error('invalid', `The body names queue ${body.queueId}, the path ${params.id}.`);
    const { queue, item } = await work.changing.update(caller, params.id, params.wid, {
      version: body.version,
      status: readGivenStatus(body.status),
      result: body.result,
      comment: body.comment,
      json: body.json ?? undefined,
      deferredUntil: readDeferral(body),
    });
    return renderItem(queue, item, version, tenant);
  },
});

function requireSeedFields(body: Readonly<Record<string, unknown>>): void {
  const missing = ['id', 'queueId', 'version'].filter((name) => body[name] === undefined);
  if (missing.length > 0)
    throw error('invalid', `The body lacks ${missing.join(', ')}.`, { details: 'v4 needs id, queueId and version' });
}

export function readGivenStatus(word: string | undefined): ItemStatus | undefined {
  if (word === undefined || word === '') return undefined;
  const status = readStatus(word);
  if (!status)
    throw error('invalid', `There is no work item status "${word}".`, {
      details: `expected one of ${STATUS_SPELLINGS.join(', ')}`,
    });
  return status;
}
