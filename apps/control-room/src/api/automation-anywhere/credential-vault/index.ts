import type { Operation } from '../../operation.ts';
import {
  changeAttributeValue,
  deleteAttributeValue,
  listAttributeValues,
  setAttributeValues,
} from './attribute-values.ts';
import { changeCredentialOwner } from './change-owner.ts';
import { createCredential } from './create-credential.ts';
import { deleteCredential } from './delete-credential.ts';
import { getCredential } from './get-credential.ts';
import { applyPrivateKey, getPrivateKeyApplied, getTransportKey, makeVaultKeys, setVaultKeys } from './keys.ts';
import { findCredentials, listCredentials } from './list-credentials.ts';
import { addLockerConsumer, listLockerConsumers, removeLockerConsumer } from './locker-consumers.ts';
import { listLockerCredentials, putLockerCredential, takeLockerCredential } from './locker-credentials.ts';
import { listLockerMembers, putLockerMember, removeLockerMember } from './locker-members.ts';
import { createLocker, deleteLocker, getLocker, listLockers, updateLocker } from './lockers.ts';
import {
  createExternalLoginSetting,
  createLoginSetting,
  deleteExternalLoginSetting,
  updateExternalLoginSetting,
  updateLoginSetting,
} from './login-settings.ts';
import { getVaultMode, setVaultMode } from './mode.ts';
import { updateCredential } from './update-credential.ts';

/** Credentials, lockers and the keys of the vault: contract a §4. */
export const credentialVaultOperations: readonly Operation[] = [
  createCredential,
  listCredentials,
  findCredentials,
  getCredential,
  updateCredential,
  deleteCredential,
  changeCredentialOwner,
  listAttributeValues,
  setAttributeValues,
  changeAttributeValue,
  deleteAttributeValue,
  createLocker,
  listLockers,
  getLocker,
  updateLocker,
  deleteLocker,
  listLockerMembers,
  putLockerMember,
  removeLockerMember,
  listLockerConsumers,
  addLockerConsumer,
  removeLockerConsumer,
  listLockerCredentials,
  putLockerCredential,
  takeLockerCredential,
  getTransportKey,
  makeVaultKeys,
  setVaultKeys,
  getPrivateKeyApplied,
  applyPrivateKey,
  getVaultMode,
  setVaultMode,
  createLoginSetting,
  updateLoginSetting,
  createExternalLoginSetting,
  updateExternalLoginSetting,
  deleteExternalLoginSetting,
];
