import { type TSchema, Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { type Operation, operation } from '../../operation.ts';
import { AnyObject, Anything, currentInV3, Id, ids, replacedByV4 } from '../wire.ts';
import { mayCreate, mayUse, QUEUE } from './access.ts';
import { renderReference } from './render.ts';

/**
 * Participants and consumers are called alike, in two dialects each (contract b §1.6): a list of role ids [doc], or the
 * seed's single object. A list answers a list, an object an object.
 */
const Body: TSchema = Type.Union([
  Type.Array(Type.Object({ id: Type.Optional(Id), roleId: Type.Optional(Id), userId: Type.Optional(Id) })),
  Type.Object({ id: Type.Optional(Id), roleId: Type.Optional(Id), userId: Type.Optional(Id) }),
]);

type Kind = 'participant' | 'consumer';

function add(kind: Kind): Operation {
  return operation({
    name: kind === 'participant' ? 'addQueueParticipants' : 'addQueueConsumers',
    summary: `Add ${kind}s to a queue`,
    description:
      'Body: [{"id": roleId}, …] as the documentation has it, or the object of the seed. Adding twice changes nothing.',
    module: 'Workload Management',
    method: 'POST',
    path: `/wlm/queues/{id}/${kind}s`,
    versions: replacedByV4,
    provenance: 'documented',
    access: mayCreate,
    objects: QUEUE,
    params: ids('id'),
    body: Body,
    answer: { status: 200, schema: Anything, description: 'What was added.' },
    handle: async ({ caller, params, body }, { work }) => {
      const principals = (Array.isArray(body) ? body : [body]).map((one) => readPrincipal(kind, one as Given));
      if (principals.length === 0)
        throw error('invalid', `There is no ${kind} in the request.`, { details: 'expected [{"id": roleId}]' });
      const added = (await work.sharing.share(caller, params.id, kind, principals)).map(renderReference);
      return Array.isArray(body) ? added : added[0];
    },
  });
}

interface Given {
  readonly id?: number;
  readonly roleId?: number;
  readonly userId?: number;
}

function readPrincipal(kind: Kind, { id, roleId, userId }: Given): { type: 'role' | 'user'; id: number } {
  if (userId !== undefined) return { type: 'user', id: userId };
  const role = roleId ?? id;
  if (role !== undefined) return { type: 'role', id: role };
  throw error('invalid', `The ${kind} has no id.`, { details: 'expected id or roleId of a role, or userId' });
}

function list(kind: Kind): Operation {
  return operation({
    name: kind === 'participant' ? 'listQueueParticipants' : 'listQueueConsumers',
    summary: `Read the ${kind}s of a queue`,
    module: 'Workload Management',
    method: 'GET',
    path: `/wlm/queues/{id}/${kind}s`,
    versions: currentInV3,
    provenance: 'observed',
    access: mayUse,
    objects: QUEUE,
    params: ids('id'),
    answer: { status: 200, schema: Type.Array(AnyObject), description: `The ${kind}s.` },
    handle: async ({ caller, params }, { work }) =>
      (await work.sharing.shares(caller, params.id, kind)).map(renderReference),
  });
}

export const addParticipants = add('participant');
export const addConsumers = add('consumer');
export const listParticipants = list('participant');
export const listConsumers = list('consumer');
