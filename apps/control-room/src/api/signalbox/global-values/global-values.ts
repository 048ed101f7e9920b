import { Type } from 'typebox';
import { GLOBAL_VALUE_TYPES, type GlobalValue } from '../../../domain/global-values/index.ts';
import { ListBody, listOf, readListRequest, renderList } from '../../automation-anywhere/listing.ts';
import { Anything, ids } from '../../automation-anywhere/wire.ts';
import { type Operation, operation } from '../../operation.ts';

/* Values that all bots share as `$@Name$`. The vendor's calls for them are not known. */

const declared = { module: 'Global Values', versions: [{ name: '' }], provenance: 'extension' } as const;
const mayView = { anyOf: ['globalvalues.view', 'globalvalues.manage'] } as const;
const mayManage = { anyOf: ['globalvalues.manage'] } as const;
const one = { id: { kind: 'globalValue', visibleTo: 'everyone' } } as const;

const shown = {
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  value: Type.Object(
    { type: Type.Enum([...GLOBAL_VALUE_TYPES]) },
    { additionalProperties: true, description: 'A typed value, as in a bot.' },
  ),
  createdBy: Type.Integer(),
  createdOn: Type.String(),
  updatedBy: Type.Integer(),
  updatedOn: Type.String(),
  version: Type.Integer(),
};
const Shown = Type.Object(shown);

function render(value: GlobalValue): object {
  return { ...value, createdOn: value.createdOn.toString(), updatedOn: value.updatedOn.toString() };
}

const listGlobalValues = operation({
  ...declared,
  name: 'listGlobalValues',
  summary: 'List global values',
  method: 'POST',
  path: '/signalbox/v1/global-values/list',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(Shown), description: 'One page of them.' },
  handle: async ({ body }, { globalValues }) => {
    const request = readListRequest(body);
    return renderList(await globalValues.list(request), request, render);
  },
});

const createGlobalValue = operation({
  ...declared,
  name: 'createGlobalValue',
  summary: 'Make a global value',
  description: 'Bots that begin from now on have it. Nothing secret belongs here: that is what credentials are for.',
  method: 'POST',
  path: '/signalbox/v1/global-values',
  access: mayManage,
  refuses: [409],
  body: Type.Object({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    description: Type.Optional(Type.String({ maxLength: 1_000 })),
    value: Anything,
  }),
  answer: { status: 201, schema: Shown, description: 'The value.' },
  handle: async ({ caller, body }, { globalValues }) => render(await globalValues.create(caller, body)),
});

const getGlobalValue = operation({
  ...declared,
  name: 'getGlobalValue',
  summary: 'Read a global value',
  method: 'GET',
  path: '/signalbox/v1/global-values/{id}',
  access: mayView,
  objects: one,
  params: ids('id'),
  answer: { status: 200, schema: Shown, description: 'The value.' },
  handle: async ({ params }, { globalValues }) => render(await globalValues.get(params.id)),
});

const updateGlobalValue = operation({
  ...declared,
  name: 'updateGlobalValue',
  summary: 'Change a global value',
  description: 'What is not sent stays. Bots that run keep what they began with.',
  method: 'PUT',
  path: '/signalbox/v1/global-values/{id}',
  access: mayManage,
  objects: one,
  refuses: [409],
  params: ids('id'),
  body: Type.Object({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    description: Type.Optional(Type.String({ maxLength: 1_000 })),
    value: Type.Optional(Anything),
    version: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  answer: { status: 200, schema: Shown, description: 'The value.' },
  handle: async ({ caller, params, body }, { globalValues }) => {
    const { version, ...changes } = body;
    return render(await globalValues.update(caller, params.id, changes, version));
  },
});

const deleteGlobalValue = operation({
  ...declared,
  name: 'deleteGlobalValue',
  summary: 'Delete a global value',
  method: 'DELETE',
  path: '/signalbox/v1/global-values/{id}',
  access: mayManage,
  objects: one,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { globalValues }) => globalValues.remove(caller, params.id),
});

export const globalValueOperations: readonly Operation[] = [
  listGlobalValues,
  createGlobalValue,
  getGlobalValue,
  updateGlobalValue,
  deleteGlobalValue,
];
