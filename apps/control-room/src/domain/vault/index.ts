import type { Kernel } from '../../kernel/kernel.ts';
import type { KeyService } from '../../kernel/key-service.ts';
import type { RootKey } from '../../kernel/sealing.ts';
import { createConsume } from './consume.ts';
import { createContents } from './contents.ts';
import { createCredentials } from './credentials.ts';
import { createForBots } from './for-bots.ts';
import { createKeyAdministration } from './key-administration.ts';
import { createKeyPair } from './key-pair.ts';
import { createKeyring } from './keyring.ts';
import { createLockers } from './lockers.ts';
import { createLoginSettings } from './login-settings.ts';
import { createMembership } from './membership.ts';
import { createOpening } from './opening.ts';
import { createProtectors } from './protectors.ts';
import { createRobotSecrets } from './robot-secrets.ts';
import { createRotation } from './rotation.ts';
import { createTransport } from './transport.ts';
import { createValues } from './values.ts';

export interface VaultOptions {
  /** The vault's own, derived from the installation's. */
  readonly rootKey: RootKey;
  /** Wraps the vault keys instead of the root key, where there is one. */
  readonly keyService: KeyService | undefined;
}

/** Secrets of people and bots: who keeps, shares and uses them, and the keys that they are sealed with. */
export function createVault({ database, wakeUps, log }: Kernel, { rootKey, keyService }: VaultOptions) {
  const protectors = createProtectors(rootKey, keyService);
  const keyring = createKeyring(database, wakeUps, protectors, log);
  const transport = createTransport(database, keyring);
  const open = createOpening(database, keyring, log);
  const keys = createKeyAdministration(database, keyring, protectors);
  const rotation = createRotation(database, keyring, protectors, log);
  const consume = createConsume(database, open);
  const robotKeys = createKeyPair(database, keyring, { table: 'robot_transport_key', place: 'robot-transport-key' });
  return {
    credentials: createCredentials(database),
    values: createValues(database, { keyring, transport, open }),
    lockers: createLockers(database),
    membership: createMembership(database),
    contents: createContents(database),
    loginSettings: createLoginSettings(database, { keyring, transport, open }),
    consume,
    forBots: createForBots(consume, log),
    robotSecrets: createRobotSecrets(database, { keyring, open, keys: robotKeys }),
    transportKey: transport.publicKey,
    keys,
    rotation,
    /** Undefined where the root key or the administrators wrap the vault key. */
    keyServiceName: keyService?.name,

    /**
     * What a start and every hour do: the key service is given what it is to wrap, and a rotation that stopped half way
     * goes on. While the vault is locked there is nothing to be done; a service that does not answer is only reported.
     */
    async tend(): Promise<void> {
      try {
        if (await keys.adopt()) log.info({ keyService: keyService?.name }, 'The key service wraps the vault key now.');
        if (await keys.applied()) await rotation.rewrap();
      } catch (cause) {
        log.warn({ err: cause }, 'The keys of the vault could not be looked after; the next hour tries again.');
      }
    },
  };
}

export type Vault = ReturnType<typeof createVault>;
export type { AttributeSettings, CredentialAttribute } from './attributes.ts';
export type { Consume, ConsumedValue, CredentialName, Purpose } from './consume.ts';
export type { Credential, CredentialChanges, CredentialSettings } from './credentials.ts';
export type { ForBots } from './for-bots.ts';
export type { VaultMode } from './key-administration.ts';
export { OAEP } from './key-pair.ts';
export type { Locker, LockerChanges, LockerSettings } from './lockers.ts';
export type { LoginSetting } from './login-settings.ts';
export type { LockerMember } from './membership.ts';
export { readPublicKey } from './protectors.ts';
export type { RobotSecret, RobotSecretValue } from './robot-secrets.ts';
export { ROBOT_TRANSIT, type RobotEnvelope } from './robot-transit.ts';
export type { VaultKeyStatus } from './rotation.ts';
export { LOCKER_PERMISSIONS, type LockerPermission } from './standing.ts';
export { type AttributeValue, LONGEST_VALUE, type ValueSettings } from './values.ts';
