import { Type } from 'typebox';
import type { VaultMode } from '../../../domain/vault/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayAdminister } from './access.ts';

/** Contract a §4.6. */
const common = { module: MODULE, versions: v2Only, access: mayAdminister, provenance: 'documented' } as const;

export const ModeName = Type.String({ maxLength: 50, description: 'Express or Custom' });

export const getVaultMode = operation({
  ...common,
  name: 'getVaultMode',
  summary: 'Who keeps the key of the vault',
  description: 'Express: this installation, or the key service that it was told of. Custom: the administrators.',
  method: 'GET',
  path: '/credentialvault/mode',
  answer: { status: 200, schema: Type.Object({ name: Type.String() }), description: 'Express or Custom.' },
  handle: async (_call, { vault }) => ({ name: (await vault.keys.mode()) === 'CUSTOM' ? 'Custom' : 'Express' }),
});

export const setVaultMode = operation({
  ...common,
  name: 'setVaultMode',
  summary: 'Change who keeps the key of the vault',
  description: 'Custom needs the private key. Every value stays; only the vault keys are wrapped anew.',
  method: 'PUT',
  path: '/credentialvault/mode',
  body: Type.Object({
    name: ModeName,
    privateKey: Type.Optional(Type.String({ maxLength: 16_384 })),
  }),
  answer: { status: 204 },
  handle: ({ caller, body }, { vault }) =>
    vault.keys.setMode(caller, readMode(body.name), body.privateKey === '' ? undefined : body.privateKey),
});

export function readMode(word: string): VaultMode {
  const mode = word.trim().toUpperCase();
  if (mode === 'EXPRESS' || mode === 'CUSTOM') return mode;
  // The product's pages also call it manual.
  if (mode === 'MANUAL') return 'CUSTOM';
  throw error('invalid', `There is no mode "${word.slice(0, 50)}".`, { details: 'expected Express or Custom' });
}
