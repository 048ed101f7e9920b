import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callServer } from '../../apps/control-room/test-support/server.ts';
import { type Estate, startEstate } from './support/estate.ts';
import { until } from './support/processes.ts';

/** Keys are replaced by two servers at the same time while values are read, and one of them is killed in the middle. */
const CREDENTIALS = 40;
let estate: Estate;
let kept: { readonly path: string; readonly value: string }[];

beforeAll(async () => {
  estate = await startEstate({ servers: 2 });
  kept = await Promise.all(
    Array.from({ length: CREDENTIALS }, async (_, n) => {
      const value = `value ${n}`;
      const attributes = [{ name: 'a', userProvided: false, masked: false }];
      const made = await estate.insist('POST', '/v2/credentialvault/credentials', { name: `c${n}`, attributes });
      const path = `/v2/credentialvault/credentials/${made.body.id}/attributevalues`;
      await estate.insist('POST', path, { list: [{ credentialAttributeId: made.body.attributes[0].id, value }] });
      return { path, value };
    }),
  );
}, 120_000);
afterAll(() => estate?.stop(), 60_000);

const keys = async (): Promise<{ retired_on: string | null; secrets: number }[]> =>
  estate.sql(`select k.retired_on, (select count(*)::int from credential_value v where v.vault_key_id = k.id) as secrets
    from vault_key k order by k.id`);

describe('while two servers replace the key of the vault again and again', () => {
  it('every value is read as it is, also when one of them is killed, and in the end one key wraps all', async () => {
    const [first, second] = estate.servers;
    let reading = true;
    let reads = 0;
    const readers = [0, 1, 2].map(async (reader) => {
      for (let n = reader; reading; n++) {
        const { path, value } = kept[n % kept.length] ?? { path: '', value: '' };
        const { body } = await estate.insist('GET', path);
        expect(body.list[0].value).toBe(value);
        reads++;
      }
    });
    const rotate = () => estate.insist('POST', '/signalbox/v1/vault/rotations', {});
    for (let n = 0; n < 4; n++) await Promise.all([rotate(), rotate()]);
    const before = reads;
    const killed = first?.killAndStart();
    await Promise.all([rotate(), rotate(), killed]);
    await until('values are read again', async () => reads > before + CREDENTIALS);
    await second?.killAndStart();
    await rotate();
    reading = false;
    await Promise.all(readers);

    await until('one key wraps all', async () => {
      const all = await keys();
      return all.every(({ retired_on, secrets }) => secrets === (retired_on === null ? CREDENTIALS : 0));
    });
    expect((await keys()).filter(({ retired_on }) => retired_on === null)).toHaveLength(1);
    for (const { path, value } of kept) expect((await estate.insist('GET', path)).body.list[0].value).toBe(value);
    // None of it is remembered only: whoever starts anew opens all of it.
    await first?.killAndStart();
    await until(
      'it is up again',
      async () => (await callServer(first?.url ?? '', 'GET', '/health/ready')).status === 200,
    );
    for (const { path, value } of kept) expect((await estate.insist('GET', path)).body.list[0].value).toBe(value);
  }, 120_000);
});
