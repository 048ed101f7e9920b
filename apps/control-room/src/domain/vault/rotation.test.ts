import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { RootKey } from '../../kernel/sealing.ts';
import type { WakeUps } from '../../kernel/wake-ups.ts';
import { SYSTEM } from '../identity/index.ts';
import { createVault } from './index.ts';

let test: Awaited<ReturnType<typeof createTestKernel>>;
beforeEach(async () => {
  test = await createTestKernel();
});
afterEach(() => test.close());

const rootKey: RootKey = { id: 'root', secret: randomBytes(32) };
const privateKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A replica that has not heard yet of what others did: nothing wakes it. */
function deaf(kernel: Kernel): Kernel {
  const wakeUps: WakeUps = { ...kernel.wakeUps, on: () => () => {}, onGap: () => () => {} };
  return { ...kernel, wakeUps };
}

describe('a replica that has not heard', () => {
  it('of another key of the administrators does not wrap a new vault key by the old one', async () => {
    const [here, there] = [test.kernel, deaf(test.kernel)].map((kernel) =>
      createVault(kernel, { rootKey, keyService: undefined }),
    );
    if (!here || !there) throw new Error('Two were made.');
    const [old, fresh] = [privateKey(), privateKey()];
    await here.keys.setPair(SYSTEM, { privateKey: old }, 'CUSTOM');
    await there.keys.unlock(SYSTEM, old);
    await here.keys.setPair(SYSTEM, { privateKey: fresh }, undefined);

    await expect(there.rotation.rotate(SYSTEM)).rejects.toMatchObject({ kind: 'vaultLocked' });
    expect(await here.rotation.keys()).toHaveLength(1);
    await here.rotation.rotate(SYSTEM);
    await here.rotation.drain();
    expect(await here.keys.applied()).toBe(true);
  });

  it('of a rotation seals under the new key all the same', async () => {
    const [here, there] = [test.kernel, deaf(test.kernel)].map((kernel) =>
      createVault(kernel, { rootKey, keyService: undefined }),
    );
    if (!here || !there) throw new Error('Two were made.');
    await there.transportKey();
    const id = await here.rotation.rotate(SYSTEM);
    await here.rotation.drain();
    await test.kernel.database.all(sql`delete from vault_transport_key`);
    await there.transportKey();
    expect((await here.rotation.keys()).map((key) => [key.id === id, key.secrets])).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });
});
