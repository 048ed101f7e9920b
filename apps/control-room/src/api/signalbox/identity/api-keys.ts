import { type TSchema, Type } from 'typebox';
import type { ApiKey } from '../../../domain/identity/index.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { type Objects, operation } from '../../operation.ts';

const USER: Readonly<Record<string, Objects>> = { id: { kind: 'user', visibleTo: 'everyone' } };
const common = { module: 'Identity', versions: [{ name: '' }], provenance: 'extension' } as const;
const ofMine = { ...common, access: { anyOf: ['apikey.generateapikey'] } } as const;
const ofUsers = { ...common, access: { anyOf: ['usermanagement.updateuser'] }, objects: USER } as const;

const KeyBody = Type.Object({
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 3_650, description: 'How long it is valid; 45 unless said otherwise.' }),
  ),
});
const shown = { id: Type.Integer(), userId: Type.Integer(), createdOn: Type.String(), expiresOn: Type.String() };
const KeyList: TSchema = Type.Object({ list: Type.Array(Type.Object(shown)) });
const NewKey: TSchema = Type.Object({ ...shown, apiKey: Type.String({ description: '40 characters.' }) });

function render({ id, userId, createdOn, expiresOn }: ApiKey): object {
  return { id, userId, createdOn: createdOn.toString(), expiresOn: expiresOn.toString() };
}

function renderNew(key: ApiKey & { readonly text: string }): object {
  return { ...render(key), apiKey: key.text };
}

export const createOwnApiKey = operation({
  ...ofMine,
  name: 'createOwnApiKey',
  summary: 'Make an API key for oneself',
  description:
    'It takes the place of the password at log-in. Never kept under an Idempotency-Key: no copy of it stays here.',
  method: 'POST',
  path: '/signalbox/v1/users/self/api-keys',
  reads: true,
  body: KeyBody,
  answer: { status: 201, schema: NewKey, description: 'The key; it is shown this once.' },
  handle: async ({ caller, body }, { identity }) =>
    renderNew(await identity.apiKeys.create(caller, caller.userId, body.days)),
});

export const createApiKey = operation({
  ...ofUsers,
  name: 'createApiKey',
  summary: 'Make an API key for a user',
  description: 'One of the user’s roles must have the right to API keys. Never kept under an Idempotency-Key.',
  method: 'POST',
  path: '/signalbox/v1/users/{id}/api-keys',
  reads: true,
  params: ids('id'),
  body: KeyBody,
  answer: { status: 201, schema: NewKey, description: 'The key; it is shown this once.' },
  handle: async ({ caller, params, body }, { identity }) =>
    renderNew(await identity.apiKeys.create(caller, params.id, body.days)),
});

export const listOwnApiKeys = operation({
  ...ofMine,
  name: 'listOwnApiKeys',
  summary: 'List one’s own API keys',
  method: 'GET',
  path: '/signalbox/v1/users/self/api-keys',
  answer: { status: 200, schema: KeyList, description: 'When each was made and when it ends; never the key itself.' },
  handle: async ({ caller }, { identity }) => ({
    list: (await identity.apiKeys.list(caller, caller.userId)).map(render),
  }),
});

export const listApiKeys = operation({
  ...ofUsers,
  name: 'listApiKeys',
  summary: 'List a user’s API keys',
  method: 'GET',
  path: '/signalbox/v1/users/{id}/api-keys',
  params: ids('id'),
  answer: { status: 200, schema: KeyList, description: 'When each was made and when it ends; never the key itself.' },
  handle: async ({ caller, params }, { identity }) => ({
    list: (await identity.apiKeys.list(caller, params.id)).map(render),
  }),
});

export const revokeOwnApiKey = operation({
  ...ofMine,
  name: 'revokeOwnApiKey',
  summary: 'Revoke one of one’s own API keys',
  description: 'Sessions that it opened end.',
  method: 'DELETE',
  path: '/signalbox/v1/users/self/api-keys/{keyId}',
  params: ids('keyId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { identity }) => identity.apiKeys.revoke(caller, caller.userId, params.keyId),
});

export const revokeApiKey = operation({
  ...ofUsers,
  name: 'revokeApiKey',
  summary: 'Revoke a user’s API key',
  description: 'Sessions that it opened end.',
  method: 'DELETE',
  path: '/signalbox/v1/users/{id}/api-keys/{keyId}',
  params: ids('id', 'keyId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { identity }) => identity.apiKeys.revoke(caller, params.id, params.keyId),
});
