import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Id, ids, v2Only } from '../wire.ts';
import { CREDENTIAL, MODULE, mayUseCredentials, VALUE } from './access.ts';
import { allOf, renderValue, ValueAnswer } from './render.ts';

/** Contract a §4.4. */
const common = { module: MODULE, versions: v2Only, access: mayUseCredentials } as const;
const path = '/credentialvault/credentials/{id}/attributevalues';

const encryptionKey = Type.Optional(
  Type.String({
    maxLength: 8_192,
    description: 'A public RSA key, SPKI DER in base64 or PEM. Values come back encrypted with it: RSA-OAEP, SHA-256.',
  }),
);

export const listAttributeValues = operation({
  ...common,
  name: 'listAttributeValues',
  summary: "Read a credential's values",
  description:
    'For its owner and for consumers of its locker: the standard values, and of user-provided ones their own. A masked value is empty, unless an encryptionKey comes from its owner or from a consumer with the right to consume lockers.',
  method: 'GET',
  path,
  provenance: 'documented',
  objects: CREDENTIAL,
  params: ids('id'),
  query: Type.Object({
    credentialAttributeId: Type.Optional(Id),
    userId: Type.Optional(Id),
    encryptionKey,
  }),
  answer: { status: 200, schema: allOf(ValueAnswer), description: 'The values; none for an attribute that has none.' },
  handle: async ({ caller, params, query }, { vault }) => {
    const values = await vault.values.list(caller, params.id, {
      attributeId: query.credentialAttributeId,
      userId: query.userId,
      encryptionKey: query.encryptionKey,
    });
    return { list: values.map(renderValue) };
  },
});

export const setAttributeValues = operation({
  ...common,
  name: 'setAttributeValues',
  summary: "Set a credential's first values",
  description:
    'Plain, or encrypted with the transport key. Standard values by the owner with credentialattribute.createstandard, user-provided ones by everybody who may use the credential, for himself. Values do not come back, unless encrypted.',
  method: 'POST',
  path,
  provenance: 'documented',
  objects: CREDENTIAL,
  params: ids('id'),
  query: Type.Object({ encryptionKey }),
  body: Type.Object({
    list: Type.Array(Type.Object({ credentialAttributeId: Id, value: Type.String(), userId: Type.Optional(Id) }), {
      minItems: 1,
      maxItems: 100,
    }),
  }),
  answer: { status: 200, schema: allOf(ValueAnswer), description: 'What was set.' },
  refuses: [409, 503],
  handle: async ({ caller, params, query, body }, { vault }) => {
    const values = body.list.map(({ credentialAttributeId, value, userId }) => ({
      attributeId: credentialAttributeId,
      value,
      userId,
    }));
    return { list: (await vault.values.set(caller, params.id, values, query.encryptionKey)).map(renderValue) };
  },
});

export const changeAttributeValue = operation({
  ...common,
  name: 'changeAttributeValue',
  summary: 'Change a value',
  description: 'With a version, a stale one is refused.',
  method: 'PUT',
  path: `${path}/{valueId}`,
  provenance: 'documented',
  objects: VALUE,
  params: ids('id', 'valueId'),
  query: Type.Object({ encryptionKey }),
  body: Type.Object({ value: Type.String(), version: Type.Optional(Type.Integer()) }),
  answer: { status: 200, schema: ValueAnswer, description: 'The value as it is now.' },
  handle: async ({ caller, params, query, body }, { vault }) =>
    renderValue(
      await vault.values.change(caller, params.id, params.valueId, body.value, body.version, query.encryptionKey),
    ),
});

export const deleteAttributeValue = operation({
  ...common,
  name: 'deleteAttributeValue',
  summary: 'Delete a value',
  method: 'DELETE',
  path: `${path}/{valueId}`,
  provenance: 'documented',
  objects: VALUE,
  params: ids('id', 'valueId'),
  answer: { status: 204 },
  handle: ({ caller, params }, { vault }) => vault.values.remove(caller, params.id, params.valueId),
});
