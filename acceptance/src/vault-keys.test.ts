import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { startTransitServer } from '../../apps/control-room/test-support/transit-server.ts';
import { until } from './support/processes.ts';
import { type Person, vaultOf } from './support/vault.ts';

/** The chain of keys: contract a §4.6; a data key for each value, wrapped by a vault key, wrapped by a root. */
let server: TestServer;
let others: TestServer[];
/** Each log-in ends the one before, at all servers. */
let admin: string;
let vault: ReturnType<typeof vaultOf>;
let keeper: Person;
let read: (where?: TestServer) => Promise<{ status: number; value: string | undefined; code: string | undefined }>;
let set: (name: string, value: string) => Promise<number>;

async function begin(env: Record<string, string> = {}) {
  server = await startTestServer(env);
  admin = server.admin;
  vault = vaultOf(server, () => admin);
  keeper = await vault.keeper();
  const credential = await vault.credential(keeper, 'Kept', [{ name: 'host' }, { name: 'port' }]);
  set = async (name, value) => (await credential.set(name, value)).status;
  read = async (where = server) => {
    const path = `${credential.path}/attributevalues?credentialAttributeId=${credential.attribute('host')}`;
    const { status, body } = await vaultOf(where, () => admin).call('GET', path, keeper);
    return { status, value: body.list?.[0]?.value, code: body.code };
  };
  expect(await set('host', 'sap.example')).toBe(200);
}

/** Another process over the same database and data folder: a replica, or the same server after a start. */
async function another(env: Record<string, string> = {}): Promise<TestServer> {
  const made = await startTestServer({ DATABASE_URL: server.database.url, SIGNALBOX_DATA_DIR: server.dataDir, ...env });
  others.push(made);
  admin = made.admin;
  return made;
}

beforeEach(() => {
  others = [];
});
afterEach(async () => {
  for (const other of others) await other.stop();
  await server.stop();
});

const OPEN = { status: 200, value: 'sap.example', code: undefined };
const LOCKED = { status: 503, value: undefined, code: 'VAULT.LOCKED' };
const status = async (where: TestServer) => (await where.call('GET', '/signalbox/v1/vault', { token: admin })).body;

describe('Express mode', () => {
  test('opens values after a start by itself, and nothing readable lies in the database', async () => {
    await begin();
    expect((await vault.call('GET', '/mode', undefined)).body).toEqual({ name: 'Express' });
    expect((await vault.call('GET', '/keys/private', undefined)).body).toEqual({ applied: true });
    expect(await read(await another())).toEqual(OPEN);
    const { rows } = await vault.sql('select * from credential_value');
    expect(JSON.stringify(rows)).not.toMatch(/sap\.example|c2FwLmV4YW1wbGU/);
    const none = await vault.call('PUT', '/keys/private', undefined, { privateKey: 'x' });
    expect(none.status).toBe(409);
  });

  test('gives each value a key of its own', async () => {
    await begin();
    await set('port', 'sap.example');
    const { rows } = await vault.sql('select sealed, data_key from credential_value');
    expect(new Set(rows.map((row) => row.sealed)).size).toBe(2);
    expect(new Set(rows.map((row) => row.data_key)).size).toBe(2);
  });
});

/** A pair that the administrators made by themselves, in the form of the wire. */
function ownPair() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

describe('Custom mode', () => {
  const enter = (where: TestServer, privateKey: string) =>
    vaultOf(where, () => admin).call('PUT', '/keys/private', undefined, { privateKey });

  test('locks values after a start until the private key is entered, at each server by itself', async () => {
    await begin();
    const pair = (await vault.call('POST', '/keys', undefined)).body;
    expect((await vault.call('PUT', '/keys', undefined, { ...pair, mode: 'Custom' })).status).toBe(204);
    expect((await vault.call('GET', '/mode', undefined)).body).toEqual({ name: 'Custom' });
    expect(await read()).toEqual(OPEN);

    const restarted = await another();
    expect((await vaultOf(restarted, () => admin).call('GET', '/keys/private', undefined)).body).toEqual({
      applied: false,
    });
    expect(await read(restarted)).toEqual(LOCKED);
    const there = vaultOf(restarted, () => admin);
    const credentials = await there.call('GET', '/credentials?name=Kept', keeper);
    expect(credentials.status).toBe(200);
    const [{ id, attributes }] = credentials.body.list;
    const written = await there.call('POST', `/credentials/${id}/attributevalues`, keeper, {
      list: [{ credentialAttributeId: attributes[1].id, value: '3200' }],
    });
    expect([written.status, written.body.code]).toEqual([503, 'VAULT.LOCKED']);
    expect((await there.call('POST', '/lockers', keeper, { name: 'Made while locked' })).status).toBe(201);
    expect((await restarted.call('POST', '/signalbox/v1/vault/rotations', { token: admin })).status).toBe(503);

    const wrong = ownPair();
    expect((await enter(restarted, wrong.privateKey)).status).toBe(400);
    expect(await read(restarted)).toEqual(LOCKED);
    expect((await enter(restarted, pair.privateKey)).status).toBe(204);
    expect((await there.call('GET', '/keys/private', undefined)).body).toEqual({ applied: true });
    expect(await read(restarted)).toEqual(OPEN);
    expect((await vault.audit('vault', 1)).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'vault.changeKeys SUCCESSFUL',
      'vault.unlock UNSUCCESSFUL',
      'vault.unlock SUCCESSFUL',
    ]);
    const { rows } = await vault.sql("select string_agg(a::text, ' ') as text from audit_entry a");
    expect(rows[0].text).not.toContain(pair.privateKey.slice(60, 120));
    const kept = await vault.sql("select string_agg(s::text, ' ') as text from vault_settings s");
    expect(kept.rows[0].text).not.toContain(pair.privateKey.slice(60, 120));
  });

  test('takes any pair of the administrators, and gives the key back to the installation', async () => {
    await begin();
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect((await vault.call('PUT', '/mode', undefined, { name: 'CUSTOM' })).status).toBe(400);
    expect((await vault.call('PUT', '/mode', undefined, { name: 'Custom', privateKey: pem })).status).toBe(204);
    const restarted = await another();
    expect((await vaultOf(restarted, () => admin).call('PUT', '/mode', undefined, { name: 'Express' })).status).toBe(
      503,
    );
    const back = await vaultOf(restarted, () => admin).call('PUT', '/mode', undefined, {
      name: 'Express',
      privateKey: pem,
    });
    expect(back.status).toBe(204);
    expect(await read(await another())).toEqual(OPEN);
    await until('the other has heard', async () => (await read()).status === 200, 5);
  });

  test('with a new pair locks the servers that were told the old one', async () => {
    await begin();
    const [old, fresh] = [ownPair(), ownPair()];
    await vault.call('PUT', '/keys', undefined, { ...old, mode: 'Custom' });
    const replica = await another();
    await enter(replica, old.privateKey);
    expect(await read(replica)).toEqual(OPEN);
    expect((await vault.call('PUT', '/keys', undefined, fresh)).status).toBe(204);
    expect(await read()).toEqual(OPEN);
    await until('the other has heard', async () => (await read(replica)).code === 'VAULT.LOCKED', 5);
    expect((await enter(replica, old.privateKey)).status).toBe(400);
    expect((await enter(replica, fresh.privateKey)).status).toBe(204);
    expect(await read(replica)).toEqual(OPEN);
  });

  test('refuses keys that are no pair, and whoever is not an administrator', async () => {
    await begin();
    const [one, two] = [ownPair(), ownPair()];
    const mixed = { privateKey: one.privateKey, publicKey: two.publicKey, mode: 'Custom' };
    expect((await vault.call('PUT', '/keys', undefined, mixed)).status).toBe(400);
    expect((await vault.call('PUT', '/keys', undefined, { privateKey: 'AAAA' })).status).toBe(400);
    for (const [method, path] of [
      ['POST', '/keys'],
      ['PUT', '/keys'],
      ['GET', '/keys/private'],
      ['PUT', '/keys/private'],
      ['GET', '/mode'],
      ['PUT', '/mode'],
    ] as const)
      expect((await vault.call(method, path, keeper, method === 'GET' ? undefined : one)).status, path).toBe(403);
    expect(await read(await another())).toEqual(OPEN);
  });
});

describe('Rotation', () => {
  const rotate = (where: TestServer) => where.call('POST', '/signalbox/v1/vault/rotations', { token: admin });
  const rewrapped = (where: TestServer) =>
    until(
      'everything is under the current key',
      async () =>
        (await status(where)).keys.every(
          (key: { retiredOn: string | null; secrets: number }) => key.retiredOn === null || key.secrets === 0,
        ),
      10,
    );

  test('brings every secret under the new key while all are read and written', async () => {
    await begin();
    await vault.call('GET', '/keys/transport/public', keeper);
    await vault.call('PUT', '/loginsetting', keeper, { loginUsername: 'x', loginPassword: 'y' });
    // More than a batch.
    const many = await vault.credential(keeper, 'Many', [{ name: 'host' }]);
    await many.set('host', 'one');
    await vault.sql(`insert into app_user (username) select 'u' || n from generate_series(1, 450) n`);
    await vault.sql(`insert into credential_value (attribute_id, user_id, sealed, data_key, vault_key_id)
      select v.attribute_id, u.id, v.sealed, v.data_key, v.vault_key_id from credential_value v, app_user u
      where v.attribute_id = ${many.attribute('host')} and u.username ~ '^u\\d+$'`);

    const before = (await status(server)).keys.find((key: { retiredOn: unknown }) => key.retiredOn === null);
    const answer = await rotate(server);
    expect(answer.status).toBe(202);
    const seen = new Set<string | undefined>();
    const reading = until(
      'the rotation is done',
      async () => {
        seen.add((await read()).value);
        const { keys } = await status(server);
        return keys.find((key: { id: number }) => key.id === before.id)?.secrets === 0;
      },
      20,
    );
    expect(await set('port', '3200')).toBe(200);
    await reading;
    expect([...seen]).toEqual(['sap.example']);
    expect((await status(server)).keys.at(-1)).toMatchObject({ id: answer.body.key, retiredOn: null, secrets: 455 });
    expect(await read(await another())).toEqual(OPEN);

    await server.advance({ hours: 2 });
    await server.room.domain.vault.tend();
    // By now the tokens are too old to ask over the wire.
    expect(await server.room.domain.vault.rotation.keys()).toHaveLength(1);
  });

  test('goes on beside more writers than there are connections', async () => {
    await begin();
    const many = await vault.credential(
      keeper,
      'Written at once',
      Array.from({ length: 60 }, (_, i) => ({ name: `a${i}` })),
    );
    // More requests than the pool has connections.
    const replica = await another();
    const [answers] = await Promise.all([
      Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          vaultOf(replica).call('POST', `${many.path}/attributevalues`, keeper, {
            list: [{ credentialAttributeId: many.attribute(`a${i}`), value: `v${i}` }],
          }),
        ),
      ),
      rotate(server),
      rotate(replica),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const values = await many.values(keeper);
    expect(values.body.list).toHaveLength(60);
  });

  test('by two servers at once leaves one key that wraps, and every value', async () => {
    await begin();
    const replica = await another();
    const answers = await Promise.all([rotate(server), rotate(replica), rotate(server), rotate(replica)]);
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202]);
    await Promise.all([server, replica].map((one) => one.room.domain.vault.rotation.drain()));
    await server.room.domain.vault.tend();
    await rewrapped(server);
    const { keys } = await status(replica);
    expect(keys.filter((key: { retiredOn: unknown }) => key.retiredOn === null)).toHaveLength(1);
    expect([await read(), await read(replica)]).toEqual([OPEN, OPEN]);
  });

  test('that stopped half way goes on at the next start', async () => {
    await begin();
    // As a server leaves it that dies right after the new key was committed.
    await vault.sql('update vault_key set retired_on = present()');
    await vault.sql(`insert into vault_key (protector, wrapped) select protector, wrapped from vault_key`);
    const restarted = await another();
    await rewrapped(restarted);
    expect([await read(), await read(restarted)]).toEqual([OPEN, OPEN]);
  });

  test('passes by a row that was tampered with, and leaves it to be found', async () => {
    await begin();
    await set('port', '3200');
    const broken = await vault.sql(
      `update credential_value set data_key = overlay(data_key placing 'AAAA' from 40)
        where id = (select min(id) from credential_value) returning vault_key_id as key`,
    );
    await rotate(server);
    await server.room.domain.vault.rotation.drain();
    const old = (await status(server)).keys.find((key: { id: number }) => key.id === broken.rows[0].key);
    expect(old.secrets).toBe(1);
    expect((await read()).code).toBe('VAULT.TAMPERED');
  });
});

describe('A key service', () => {
  test('takes over the vault key of an installation, wraps the new ones, and is needed from then on', async () => {
    await begin();
    const transit = await startTransitServer({ token: 'hvs.token', key: 'signalbox' });
    try {
      const env = {
        SIGNALBOX_VAULT_KEY_SERVICE_URL: transit.url,
        SIGNALBOX_VAULT_KEY_SERVICE_TOKEN: 'hvs.token',
      };
      const served = await another(env);
      await until(
        'the key is the service’s',
        async () => (await status(served)).keys.every((key: { protector: string }) => key.protector === 'SERVICE'),
        5,
      );
      expect((await status(served)).keyService).toBe(`${transit.url} transit/signalbox`);
      expect(await read(served)).toEqual(OPEN);
      // The server that was not told of it can open nothing any more.
      await until('it has heard', async () => (await read()).code === 'VAULT.KEY_SERVICE', 5);

      transit.rotate();
      const rotated = await served.call('POST', '/signalbox/v1/vault/rotations', { token: admin });
      expect(rotated.status).toBe(202);
      await served.room.domain.vault.rotation.drain();
      const { rows } = await vault.sql('select protector, wrapped from vault_key');
      expect(rows).toHaveLength(2);
      for (const { protector, wrapped } of rows)
        expect([protector, wrapped]).toEqual(['SERVICE', expect.stringMatching(/^vault:v2:/)]);
      expect(await read(served)).toEqual(OPEN);

      transit.seal(true);
      const late = await another(env);
      expect(await read(late)).toMatchObject({ status: 503, code: 'VAULT.KEY_SERVICE' });
      expect((await vaultOf(late, () => admin).call('GET', '/credentials?name=Kept', keeper)).status).toBe(200);
      expect(await read(served)).toEqual(OPEN);
      transit.seal(false);
      expect(await read(late)).toEqual(OPEN);
    } finally {
      await transit.stop();
    }
  });
});
