import type { Operation } from '../../operation.ts';
import {
  createApiKey,
  createOwnApiKey,
  listApiKeys,
  listOwnApiKeys,
  revokeApiKey,
  revokeOwnApiKey,
} from './api-keys.ts';
import { readJwks, rotateSigningKey } from './signing-keys.ts';

export const identityExtensionOperations: readonly Operation[] = [
  createOwnApiKey,
  createApiKey,
  listOwnApiKeys,
  listApiKeys,
  revokeOwnApiKey,
  revokeApiKey,
  readJwks,
  rotateSigningKey,
];
