import { Type } from 'typebox';
import { ROBOT_TRANSIT } from '../../../domain/vault/index.ts';
import { Content, workspaceOperation } from '../../operation.ts';
import { inWorkspace, unversioned } from '../wire.ts';

/* What a running robot keeps secret (contract robocorp §8.5). */

const declared = {
  module: 'Robot Secrets',
  versions: unversioned,
  provenance: 'observed',
  access: { workspace: 'Robot.secrets' },
} as const;

/** Longer than what a secret of the largest keys and values becomes in base64. */
const Base64 = Type.String({ maxLength: 8_000_000 });
const Encryption = Type.Object({
  encryptionScheme: Type.String({ maxLength: 100, description: `\`${ROBOT_TRANSIT}\`` }),
  encryptedAES: Base64,
  authTag: Base64,
  iv: Base64,
});

export const getSecret = workspaceOperation({
  ...declared,
  name: 'getRobotSecret',
  summary: 'Read a secret, encrypted for the robot that asks',
  description:
    'AES-256-GCM with a fresh key, and that key with RSA-OAEP (SHA-256) for `publicKey`. The nonce is the ASCII text of the iv in hexadecimal. That it was read is recorded first.',
  method: 'GET',
  path: '/secrets-v1/workspaces/{workspaceId}/secrets/{name}',
  params: inWorkspace('name'),
  query: Type.Object({
    encryptionScheme: Type.String({ maxLength: 100, description: `\`${ROBOT_TRANSIT}\`` }),
    publicKey: Type.String({ maxLength: 4_000, description: 'RSA, SubjectPublicKeyInfo, DER in base64.' }),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      name: Type.String(),
      description: Type.String(),
      value: Type.String(),
      encryption: Encryption,
    }),
    description: 'The secret. Opened, the value is a JSON object.',
  },
  handle: async ({ client, params, query }, { vault }) => {
    const { name, description, value, encryption } = await vault.robotSecrets.readSealed(client, params.name, {
      scheme: query.encryptionScheme,
      publicKey: query.publicKey,
    });
    return { name, description, value, encryption };
  },
});

export const getPublicKey = workspaceOperation({
  ...declared,
  name: 'getRobotSecretsKey',
  summary: 'The key with which a robot encrypts the secrets that it puts',
  method: 'GET',
  path: '/secrets-v1/workspaces/{workspaceId}/secrets/publicKey',
  params: inWorkspace(),
  answer: {
    status: 200,
    description: 'RSA, SubjectPublicKeyInfo, DER in base64: the text itself, which is no JSON.',
  },
  handle: async (_, { vault }) => new Content(await vault.robotSecrets.publicKey(), 'text/plain; charset=utf-8'),
});

export const putSecret = workspaceOperation({
  ...declared,
  name: 'putRobotSecret',
  summary: 'Make a secret, or replace all that it holds',
  description:
    'Encrypted as the answer to a read is, with one difference: the nonce is the iv itself. Letter case does not count in names and keys.',
  method: 'PUT',
  path: '/secrets-v1/workspaces/{workspaceId}/secrets/{name}',
  params: inWorkspace('name'),
  body: Type.Object({
    description: Type.Optional(Type.String({ maxLength: 255 })),
    value: Base64,
    encryption: Encryption,
  }),
  refuses: [409],
  answer: { status: 200, schema: Type.Object({ name: Type.String() }), description: 'Its name.' },
  handle: async ({ client, params, body }, { vault }) => {
    await vault.robotSecrets.putSealed(client, params.name, body);
    return { name: params.name };
  },
});

export const secretOperations = [getPublicKey, getSecret, putSecret];
