import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayAdminister, mayUseCredentials } from './access.ts';
import { ModeName, readMode } from './mode.ts';

/** Contract a §4.6. */
const common = { module: MODULE, versions: v2Only, access: mayAdminister, provenance: 'documented' } as const;

/** A private RSA key, PKCS #8 DER in base64 or PEM; 8192 bits have about 6,400 characters. */
const PrivateKey = Type.String({ minLength: 1, maxLength: 16_384 });
const PublicKey = Type.String({ minLength: 1, maxLength: 8_192 });

export const getTransportKey = operation({
  ...common,
  name: 'getTransportKey',
  summary: 'The public key with which values may be encrypted on their way here',
  description: 'RSA, SPKI DER in base64; values are encrypted with RSA-OAEP, SHA-256.',
  method: 'GET',
  path: '/credentialvault/keys/transport/public',
  access: mayUseCredentials,
  answer: { status: 200, schema: Type.Object({ publicKey: Type.String() }), description: 'The key.' },
  handle: async (_call, { vault }) => ({ publicKey: await vault.transportKey() }),
});

export const makeVaultKeys = operation({
  ...common,
  name: 'makeVaultKeys',
  summary: "Make a pair of keys for the vault's administrators to keep",
  description: 'Nothing is kept or changed here: PUT the pair back to use it.',
  method: 'POST',
  path: '/credentialvault/keys',
  // The private key must not lie in the database, not even sealed, as the answer to an Idempotency-Key.
  reads: true,
  answer: {
    status: 200,
    schema: Type.Object({ privateKey: Type.String(), publicKey: Type.String() }),
    description: 'PKCS #8 and SPKI, DER in base64.',
  },
  handle: (_call, { vault }) => vault.keys.makePair(),
});

export const setVaultKeys = operation({
  ...common,
  name: 'setVaultKeys',
  summary: "Set the pair of the vault's administrators, and the mode",
  description: 'In Express mode only the public key is remembered, as the one that Custom mode will ask for.',
  method: 'PUT',
  path: '/credentialvault/keys',
  body: Type.Object({
    privateKey: PrivateKey,
    publicKey: Type.Optional(PublicKey),
    mode: Type.Optional(ModeName),
  }),
  answer: { status: 204 },
  handle: ({ caller, body }, { vault }) =>
    vault.keys.setPair(caller, body, body.mode === undefined ? undefined : readMode(body.mode)),
});

export const getPrivateKeyApplied = operation({
  ...common,
  name: 'getVaultPrivateKeyApplied',
  summary: 'Whether this server can open values',
  description: 'In Custom mode each server is told the private key by itself; this is about the one that answers.',
  method: 'GET',
  path: '/credentialvault/keys/private',
  answer: { status: 200, schema: Type.Object({ applied: Type.Boolean() }), description: 'Whether it can.' },
  handle: async (_call, { vault }) => ({ applied: await vault.keys.applied() }),
});

export const applyPrivateKey = operation({
  ...common,
  name: 'applyVaultPrivateKey',
  summary: 'Open the vault at this server with the private key',
  description: 'In Custom mode after each start, at each server. The key stays in memory and goes with the process.',
  method: 'PUT',
  path: '/credentialvault/keys/private',
  // What it changes is this process: the answer that another one gave must not stand for it.
  reads: true,
  body: Type.Object({ privateKey: PrivateKey }),
  answer: { status: 204 },
  handle: ({ caller, body }, { vault }) => vault.keys.unlock(caller, body.privateKey),
});
