import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { CREATE_STANDARD, LOCKER_CONSUME, type Person, vaultOf } from './support/vault.ts';

/** Values: contract a §4.1, §4.4, §4.7; design §7 promise 4. */
let server: TestServer;
let vault: ReturnType<typeof vaultOf>;
let keeper: Person;

beforeAll(async () => {
  server = await startTestServer();
  vault = vaultOf(server);
  keeper = await vault.keeper();
});
afterAll(() => server?.stop());

const SECRET = 'correct horse § "battery"';
const password = { name: 'password', masked: true, passwordFlag: true };
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const decrypt = (text: string) =>
  privateDecrypt({ key: pair.privateKey, ...OAEP }, Buffer.from(text, 'base64')).toString();
const asQuery = (key: string) => `?encryptionKey=${encodeURIComponent(key)}`;

/** A credential in a locker, with somebody of a role that consumes it. */
async function shared(name: string, attributes: Parameters<typeof vault.credential>[2], rights: number[] = []) {
  const locker = await vault.locker(keeper, name);
  const credential = await vault.credential(keeper, name, attributes);
  await locker.put(credential);
  const consumer = await server.user(rights);
  await locker.consumer(consumer);
  return { locker, credential, consumer };
}

describe('A standard value', () => {
  test('is set, read, changed and deleted by the owner, with its version', async () => {
    const credential = await vault.credential(keeper, 'Standard', [{ name: 'host' }]);
    expect((await credential.values(keeper)).body).toEqual({ list: [] });
    const set = await credential.set('host', SECRET);
    expect(set.status).toBe(200);
    const [value] = set.body.list;
    expect(value).toMatchObject({
      id: expect.stringMatching(/^\d+$/),
      credentialAttributeId: credential.attribute('host'),
      value: '',
      version: '0',
      createdBy: String(keeper.id),
      credentialAttribute: { name: 'host' },
    });
    expect(value).not.toHaveProperty('userId');
    const read = async () =>
      (await credential.values(keeper, `?credentialAttributeId=${value.credentialAttributeId}`)).body.list;
    expect(await read()).toMatchObject([{ id: value.id, value: SECRET, version: '0' }]);

    const path = `${credential.path}/attributevalues/${value.id}`;
    const changed = await vault.call('PUT', path, keeper, { value: 'other', version: '0' });
    expect([changed.status, changed.body.version]).toEqual([200, '1']);
    expect(await read()).toMatchObject([{ value: 'other', version: '1' }]);
    expect((await vault.call('PUT', path, keeper, { value: 'late', version: 0 })).status).toBe(409);
    expect((await credential.set('host', 'again')).status).toBe(409);
    expect((await vault.call('DELETE', path, keeper)).status).toBe(204);
    expect(await read()).toEqual([]);
  });

  test('needs the right to create standard values, beside owning the credential', async () => {
    const owner = await server.user([]);
    const credential = await vault.credential(owner, 'Without the right', [{ name: 'host' }]);
    expect((await credential.set('host', 'x')).status).toBe(403);
    const other = await server.user([CREATE_STANDARD]);
    const { credential: theirs, locker } = await shared('Not the owner', [{ name: 'host' }]);
    await locker.member(other, 'own', 'consume');
    expect((await theirs.set('host', 'x', other)).status).toBe(403);
  });

  test('is read by consumers, until they are none', async () => {
    const { credential, locker, consumer } = await shared('Read by consumers', [{ name: 'host' }]);
    await credential.set('host', SECRET);
    expect((await credential.values(consumer)).body.list).toMatchObject([{ value: SECRET }]);
    await vault.call('DELETE', `${locker.path}/consumers/${consumer.roleId}`, keeper);
    expect((await credential.values(consumer)).status).toBe(404);
  });

  test.each([
    ['nothing', ''],
    ['characters of all lengths', 'ä€😀'],
    ['a digit', '0'],
    ['JSON', '{"a":1}'],
    ['blanks around', ' a '],
    ['long', 'x'.repeat(16_384)],
  ])('may be any text: %s', async (what, text) => {
    const credential = await vault.credential(keeper, `Text with ${what}`, [{ name: 'host' }]);
    expect((await credential.set('host', text)).status).toBe(200);
    expect((await credential.values(keeper)).body.list[0].value).toBe(text);
  });

  test('is not as long as one likes', async () => {
    const credential = await vault.credential(keeper, 'Too long', [{ name: 'host' }]);
    expect((await credential.set('host', 'x'.repeat(16_385))).status).toBe(400);
  });
});

describe('A user-provided value', () => {
  test('is each consumer’s own: set, read and changed by nobody else', async () => {
    const { credential, consumer, locker } = await shared('Own values', [{ name: 'token', userProvided: true }]);
    const other = await server.user([]);
    await locker.consumer(other);
    for (const who of [consumer, other]) {
      const set = await credential.set('token', `of ${who.username}`, who, { userId: String(who.id) });
      expect(set.body.list).toMatchObject([{ userId: String(who.id), version: '0' }]);
      const read = await credential.values(who, `?userId=${who.id}`);
      expect(read.body.list).toMatchObject([{ value: `of ${who.username}`, userId: String(who.id) }]);
    }
    const [foreign] = (await credential.values(other)).body.list;
    expect((await credential.values(consumer, `?userId=${other.id}`)).status).toBe(403);
    expect((await credential.values(keeper, `?userId=${other.id}`)).status).toBe(403);
    expect((await credential.set('token', 'x', consumer, { userId: other.id })).status).toBe(403);
    const path = `${credential.path}/attributevalues/${foreign.id}`;
    for (const who of [consumer, keeper]) {
      expect((await vault.call('PUT', path, who, { value: 'x' })).status).toBe(404);
      expect((await vault.call('DELETE', path, who)).status).toBe(404);
    }
    expect((await credential.values(keeper)).body).toEqual({ list: [] });
  });
});

describe('A masked value', () => {
  test('is empty when it is read, and encrypted for its owner’s key', async () => {
    const credential = await vault.credential(keeper, 'Masked', [password]);
    const set = await vault.call('POST', `${credential.path}/attributevalues${asQuery(publicKey)}`, keeper, {
      list: [{ credentialAttributeId: credential.attribute('password'), value: SECRET }],
    });
    expect(decrypt(set.body.list[0].value)).toBe(SECRET);
    expect((await credential.values(keeper)).body.list).toMatchObject([{ value: '' }]);
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const key of [asQuery(publicKey), asQuery(pem), `?encryptionKey=${publicKey.replaceAll('/', '%2F')}`]) {
      const read = await credential.values(keeper, key);
      expect(read.status, read.text).toBe(200);
      expect(decrypt(read.body.list[0].value)).toBe(SECRET);
    }
  });

  test('leaves towards a consumer only with the right to consume lockers', async () => {
    const { credential, locker, consumer } = await shared('Masked for consumers', [password]);
    await credential.set('password', SECRET);
    const trusted = await server.user([LOCKER_CONSUME]);
    await locker.consumer(trusted);
    expect((await credential.values(consumer, asQuery(publicKey))).body.list).toMatchObject([{ value: '' }]);
    const [value] = (await credential.values(trusted, asQuery(publicKey))).body.list;
    expect(decrypt(value.value)).toBe(SECRET);
  });

  test('that is too long for the key is refused with what would fit', async () => {
    const credential = await vault.credential(keeper, 'Too long for RSA', [password]);
    await credential.set('password', 'x'.repeat(191));
    const answer = await credential.values(keeper, asQuery(publicKey));
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('takes 190');
  });

  test.each([
    ['nothing that is a key', 'AAAA'],
    [
      'an elliptic curve',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ type: 'spki', format: 'der' })
        .toString('base64'),
    ],
    [
      '1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .publicKey.export({ type: 'spki', format: 'der' })
        .toString('base64'),
    ],
  ])('is not encrypted with %s', async (_what, key) => {
    const credential = await vault.credential(keeper, `Key ${key.length}`, [password]);
    await credential.set('password', SECRET);
    expect((await credential.values(keeper, asQuery(key))).status).toBe(400);
  });
});

test('Values may come encrypted with the transport key, first ones, changed ones and device logins', async () => {
  const transport = await vault.call('GET', '/keys/transport/public', keeper);
  expect((await vault.call('GET', '/keys/transport/public', keeper)).body).toEqual(transport.body);
  const encrypt = (text: string) =>
    publicEncrypt(
      { key: Buffer.from(transport.body.publicKey, 'base64'), format: 'der', type: 'spki', ...OAEP },
      Buffer.from(text),
    ).toString('base64');
  const credential = await vault.credential(keeper, 'Transported', [{ name: 'host' }]);
  const set = await credential.set('host', encrypt(SECRET));
  const value = async () => (await credential.values(keeper)).body.list[0].value;
  expect(await value()).toBe(SECRET);
  const path = `${credential.path}/attributevalues/${set.body.list[0].id}`;
  await vault.call('PUT', path, keeper, { value: encrypt('other') });
  expect(await value()).toBe('other');
  // As long as an encrypted value, and none.
  const plain = Buffer.alloc(256, 7).toString('base64');
  await vault.call('PUT', path, keeper, { value: plain });
  expect(await value()).toBe(plain);
});

describe('The record', () => {
  test('has a row for each value that leaves, written before it leaves, and never the value', async () => {
    const { credential, consumer } = await shared('Recorded', [{ name: 'host' }, password]);
    const set = await credential.set('host', SECRET);
    await credential.set('password', SECRET);
    await credential.values(consumer);
    await credential.values(consumer);
    const rows = await vault.audit('credentialValue', set.body.list[0].id);
    expect(rows.map(({ action }) => action)).toEqual([
      'credentialValue.create',
      'credentialValue.read',
      'credentialValue.read',
    ]);
    const all = await vault.sql("select string_agg(a::text, ' ') as text from audit_entry a");
    for (const form of [SECRET, JSON.stringify(SECRET).slice(1, -1), Buffer.from(SECRET).toString('base64')])
      expect(all.rows[0].text).not.toContain(form);
  });

  test('that cannot be written keeps the value in', async () => {
    const credential = await vault.credential(keeper, 'Unrecorded', [{ name: 'host' }]);
    await credential.set('host', SECRET);
    await vault.sql("alter table audit_entry add constraint closed check (action <> 'credentialValue.read') not valid");
    const answer = await credential.values(keeper);
    await vault.sql('alter table audit_entry drop constraint closed');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('horse');
  });

  test('is kept although the request around it is taken back', async () => {
    const credential = await vault.credential(keeper, 'Taken back', [{ name: 'host' }]);
    const set = await credential.set('host', SECRET);
    const { domain, kernel } = server.room;
    const name = { credentialName: 'TAKEN back', attributeName: 'Host' };
    await expect(
      kernel.database.transaction(async () => {
        await domain.vault.consume({ userId: keeper.id }, name, { purpose: { type: 'run', id: 'r-1' } });
        throw new Error('taken back');
      }),
    ).rejects.toThrow('taken back');
    const rows = await vault.audit('credentialValue', set.body.list[0].id);
    expect(rows.at(-1)).toMatchObject({ action: 'credentialValue.consume', outcome: 'SUCCESSFUL' });
    expect(rows.at(-1)?.text).toContain('r-1');
  });
});

describe('A bot', () => {
  const run = { purpose: { type: 'run', id: 'run-7' } } as const;
  const consume = (userId: number, credentialName: string, attributeName: string, lockerName?: string) =>
    server.room.domain.vault.consume({ userId }, { credentialName, attributeName, lockerName }, run);

  test('gets values in the name of its user, by names in any letter case', async () => {
    const { credential, consumer } = await shared('Bot values', [password, { name: 'token', userProvided: true }]);
    await credential.set('password', SECRET);
    await credential.set('token', 'of the consumer', consumer);
    const standard = { value: SECRET, masked: true, passwordFlag: true };
    expect(await consume(consumer.id, 'bot VALUES', 'PASSWORD', 'Bot Values')).toEqual(standard);
    expect(await consume(keeper.id, 'Bot values', 'password')).toEqual(standard);
    expect(await consume(consumer.id, 'Bot values', 'token')).toMatchObject({ value: 'of the consumer' });
    await expect(consume(keeper.id, 'Bot values', 'token')).rejects.toThrow(/no value of/);
    await expect(consume(keeper.id, 'Bot values', 'password', 'Elsewhere')).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('gets nothing in the name of a manager, participant, stranger or disabled user', async () => {
    const { credential, locker, consumer } = await shared('Bot strangers', [password]);
    await credential.set('password', SECRET);
    const [manager, participant, stranger] = [await server.user([]), await server.user([]), await server.user([])];
    await locker.member(manager, 'manage');
    await locker.member(participant, 'participate');
    for (const who of [manager, participant, stranger, { id: 1 }])
      await expect(consume(who.id, 'Bot strangers', 'password')).rejects.toMatchObject({ kind: 'notFound' });
    await server.call('PUT', `/v1/usermanagement/users/${consumer.id}`, {
      token: server.admin,
      body: { disabled: true },
    });
    await expect(consume(consumer.id, 'Bot strangers', 'password')).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describe('A row that was changed behind the server’s back', () => {
  test.each([
    [
      'with its ciphertext edited',
      "update credential_value set sealed = overlay(sealed placing 'AAAA' from 30) where id = $1",
    ],
    ['under another version', 'update credential_value set version = version + 1 where id = $1'],
    [
      'with the key of another value',
      'update credential_value set data_key = (select data_key from credential_value where id = $2) where id = $1',
    ],
    [
      'with everything sealed of another value',
      'update credential_value v set sealed = o.sealed, data_key = o.data_key, vault_key_id = o.vault_key_id from credential_value o where v.id = $1 and o.id = $2',
    ],
    ['given to another user', 'update credential_value set user_id = 1 where id = $1'],
  ])('is detected on reading: %s', async (what, statement) => {
    const letters = what.replaceAll(/[^a-z ]/g, '');
    const credential = await vault.credential(keeper, letters.slice(0, 40), [{ name: 'mine' }, { name: 'theirs' }]);
    const mine = (await credential.set('mine', SECRET)).body.list[0].id;
    const theirs = (await credential.set('theirs', 'the other value')).body.list[0].id;
    await vault.sql(statement, statement.includes('$2') ? [mine, theirs] : [mine]);
    // The one that became user 1's is for the administrator to read: he consumes this credential too.
    const reader = what.startsWith('given') ? undefined : keeper;
    if (reader === undefined) await vault.call('PUT', `${credential.path}/owner/1`, keeper);

    const answer = await credential.values(reader, `?credentialAttributeId=${credential.attribute('mine')}`);
    expect([answer.status, answer.body.code]).toEqual([500, 'VAULT.TAMPERED']);
    expect(answer.text).not.toMatch(/horse|other value/);
    expect((await vault.audit('credentialValue', mine)).at(-1)).toMatchObject({
      action: 'credentialValue.read',
      outcome: 'UNSUCCESSFUL',
    });
  });
});

describe('Device logins', () => {
  test('are set by their user and answered with a JSON text that says so', async () => {
    const user = await server.user([]);
    const body = { username: user.username, loginUsername: 'CORP\\robot', loginPassword: SECRET };
    const put = await vault.call('PUT', '/loginsetting', user, body);
    expect(put.status).toBe(200);
    expect(JSON.parse(put.text)).toBe(`Credentials updated for ${user.username}`);
    expect((await vault.call('POST', '/loginsetting', user, body)).status).toBe(201);
    const purpose = { purpose: { type: 'run', id: 'r' } } as const;
    expect(await server.room.domain.vault.loginSettings.consume({ userId: user.id }, purpose)).toEqual({
      loginUsername: 'CORP\\robot',
      loginPassword: SECRET,
    });
    const stored = await vault.sql('select * from login_setting where user_id = $1', [user.id]);
    expect(JSON.stringify(stored.rows)).not.toContain('horse');
    await vault.sql('update login_setting set version = version + 1 where user_id = $1', [user.id]);
    await expect(server.room.domain.vault.loginSettings.consume({ userId: user.id }, purpose)).rejects.toMatchObject({
      kind: 'vaultTampered',
    });
  });

  test('of others are for administrators, over the outside path too', async () => {
    const [user, other] = [await server.user([]), await server.user([])];
    const body = { username: other.username, loginUsername: 'x', loginPassword: 'y' };
    expect((await vault.call('PUT', '/loginsetting', user, body)).status).toBe(403);
    expect((await vault.call('PUT', '/loginsetting', undefined, body)).status).toBe(200);
    const path = '/v1/credentialvault/external/credentials/loginsetting';
    const external = { Username: other.username, Windows_Username: 'CORP\\x', Windows_Password: SECRET };
    for (const [method, status] of [
      ['POST', 201],
      ['PUT', 200],
      ['DELETE', 200],
      ['DELETE', 404],
    ] as const) {
      expect((await server.call(method, path, { token: user.token, body: external })).status).toBe(403);
      const answer = await server.call(method, path, { token: server.admin, body: external });
      expect(answer.status, method).toBe(status);
      expect(answer.text).not.toContain('horse');
    }
    expect(
      (await server.call('PUT', path, { token: server.admin, body: { ...external, Username: 'nobody-here' } })).status,
    ).toBe(404);
  });
});
