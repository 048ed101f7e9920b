import { Type } from 'typebox';
import { operation } from '../operation.ts';

const common = {
  module: 'Vault keys',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: { anyOf: ['system.administer'] },
} as const;

const Moment = Type.String({ description: 'ISO 8601, UTC' });

export const getVaultStatus = operation({
  ...common,
  name: 'vaultStatus',
  summary: 'Who wraps the keys of the vault, and how far a rotation is',
  description: 'A rotation is done when no retired key holds a secret. Retired keys are dropped an hour later.',
  method: 'GET',
  path: '/signalbox/v1/vault',
  answer: {
    status: 200,
    schema: Type.Object({
      mode: Type.String({ description: 'EXPRESS, CUSTOM' }),
      unlocked: Type.Boolean({ description: 'Whether this server can open values.' }),
      keyService: Type.Union([Type.String(), Type.Null()]),
      keys: Type.Array(
        Type.Object({
          id: Type.Integer(),
          protector: Type.String({ description: 'ROOT, CUSTOM, SERVICE' }),
          createdOn: Moment,
          retiredOn: Type.Union([Moment, Type.Null()]),
          secrets: Type.Integer(),
        }),
      ),
    }),
    description: 'The state, as this server sees it.',
  },
  handle: async (_call, { vault }) => {
    const [mode, unlocked] = [await vault.keys.mode(), await vault.keys.applied()];
    const keys = await vault.rotation.keys();
    return {
      mode,
      unlocked,
      keyService: vault.keyServiceName ?? null,
      keys: keys.map(({ createdOn, retiredOn, ...key }) => ({
        ...key,
        createdOn: createdOn.toString(),
        retiredOn: retiredOn?.toString() ?? null,
      })),
    };
  },
});

export const rotateVaultKey = operation({
  ...common,
  name: 'rotateVaultKey',
  summary: 'Seal under a new vault key from now on',
  description:
    'What is there is wrapped anew in the background, in batches, while everything goes on; a stop in between loses nothing. Look at GET /signalbox/v1/vault for how far it is.',
  method: 'POST',
  path: '/signalbox/v1/vault/rotations',
  answer: { status: 202, schema: Type.Object({ key: Type.Integer() }), description: 'The new key’s id.' },
  refuses: [503],
  handle: async ({ caller }, { vault }) => ({ key: await vault.rotation.rotate(caller) }),
});
