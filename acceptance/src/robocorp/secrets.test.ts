import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControlRoom } from '../../../apps/control-room/src/compose.ts';
import { readConfiguration } from '../../../apps/control-room/src/kernel/configuration.ts';
import { createLogger } from '../../../apps/control-room/src/kernel/log.ts';
import {
  type Answer,
  callServer,
  startTestServer,
  type TestServer,
} from '../../../apps/control-room/test-support/server.ts';
import { firstWorkspace, type TestWorkspace, testWorkspace } from '../support/integrator.ts';
import { startProcessEstate } from '../support/processes-by-hand.ts';
import { bearer, toolOf } from '../support/tool.ts';

const SCHEME = 'robocloud-vault-transit-v2';
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;
const LOCKERS_ALL = 89;

let server: TestServer;
let finance: TestWorkspace;
let other: TestWorkspace;
let robot: Robot;

beforeAll(async () => {
  server = await startTestServer();
  finance = await testWorkspace(server, 'Finance');
  other = await testWorkspace(server, 'Sales');
  robot = await robotOf(finance.id);
});
afterAll(() => server.stop());

/** The vault's client as a robot has it, written from contract robocorp §8.5 alone. */
interface Robot {
  get(name: string): Promise<{ name: string; description: string; value: unknown }>;
  asked(name: string, query?: Record<string, string>): Promise<Answer>;
  put(name: string, value: unknown, more?: { description?: string }): Promise<Answer>;
  envelope(plain: string): Promise<{ value: string; encryption: Record<string, string> }>;
  send(name: string, body: unknown): Promise<Answer>;
}

const pair = generateKeyPairSync('rsa', { modulusLength: 4096 });
const OWN_KEY = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

async function robotOf(workspaceId: string, base = server.url, token?: string): Promise<Robot> {
  const known = token ?? (await (await toolOf(server, server.admin)).token('run/robot', workspaceId));
  const path = `/secrets-v1/workspaces/${workspaceId}/secrets`;
  const headers = bearer(known);

  const asked: Robot['asked'] = (name, query = { encryptionScheme: SCHEME, publicKey: OWN_KEY }) =>
    callServer(base, 'GET', `${path}/${encodeURIComponent(name)}?${new URLSearchParams(query)}`, { headers });

  async function serverKey(): Promise<KeyObject> {
    const answer = await callServer(base, 'GET', `${path}/publicKey`, { headers });
    return createPublicKey({ key: Buffer.from(answer.text, 'base64'), format: 'der', type: 'spki' });
  }

  async function envelope(plain: string) {
    const aes = randomBytes(32);
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-gcm', aes, iv);
    const value = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]).toString('base64');
    return {
      value,
      encryption: {
        authTag: cipher.getAuthTag().toString('base64'),
        encryptedAES: publicEncrypt({ key: await serverKey(), ...OAEP }, aes).toString('base64'),
        encryptionScheme: SCHEME,
        iv: iv.toString('base64'),
      },
    };
  }

  const send: Robot['send'] = (name, body) =>
    callServer(base, 'PUT', `${path}/${encodeURIComponent(name)}`, {
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    });

  return {
    asked,
    envelope,
    send,
    async get(name) {
      const answer = await asked(name);
      expect(answer.status, answer.text).toBe(200);
      const { encryption, value, ...shown } = answer.body;
      expect(encryption.encryptionScheme).toBe(SCHEME);
      const aes = privateDecrypt({ key: pair.privateKey, ...OAEP }, Buffer.from(encryption.encryptedAES, 'base64'));
      const nonce = Buffer.from(Buffer.from(encryption.iv, 'base64').toString('hex'), 'ascii');
      const decipher = createDecipheriv('aes-256-gcm', aes, nonce);
      decipher.setAuthTag(Buffer.from(encryption.authTag, 'base64'));
      const plain = Buffer.concat([decipher.update(Buffer.from(value, 'base64')), decipher.final()]).toString('utf8');
      return { ...shown, value: JSON.parse(plain) };
    },
    put: async (name, value, { description = '' } = {}) =>
      send(name, { name, description, ...(await envelope(JSON.stringify(value))) }),
  };
}

describe('a robot', () => {
  it('makes a secret and reads it, each way encrypted for whoever opens it', async () => {
    expect((await robot.asked('bank')).status).toBe(404);
    const value = {
      user: 'sap',
      password: 'pä$$ wörd \u{1f600}',
      port: 8443,
      tags: ['a', 1, null],
      on: true,
      none: null,
    };
    const made = await robot.put('bank', value, { description: 'The bank' });
    expect(made.status, made.text).toBe(200);
    expect(await robot.get('bank')).toEqual({ name: 'bank', description: 'The bank', value });
  });

  it('replaces all that a secret holds', async () => {
    await robot.put('changing', { a: '1', b: '2', c: 3 });
    await robot.put('changing', { b: '3', C: '4' }, { description: 'new' });
    expect(await robot.get('changing')).toEqual({ name: 'changing', description: 'new', value: { b: '3', C: '4' } });
    await robot.put('changing', {});
    expect((await robot.get('changing')).value).toEqual({});
  });

  it('keeps every type, the order of the keys, and odd ones', async () => {
    const value = JSON.parse('{"__proto__":1,"a.b/c":{"deep":[{}]},"number":"1","text":"null","9":0,"constructor":""}');
    await robot.put('odd', value);
    const read = (await robot.get('odd')).value as object;
    expect(JSON.stringify(read)).toBe(JSON.stringify(value));
  });

  it('is refused where a name or a value cannot be kept, and nothing is shown of it', async () => {
    await robot.put('kept', { a: 'before' });
    for (const value of [
      [],
      'sesame',
      1,
      null,
      true,
      { '': 'sesame' },
      { a: 'sesame', A: 'sesame' },
      { 'a\0': 'sesame' },
      { a: 'x'.repeat(16_385) },
    ]) {
      const answer = await robot.put('kept', value);
      expect(answer.status, JSON.stringify(value).slice(0, 50)).toBe(400);
      expect(answer.text).not.toContain('sesame');
    }
    for (const name of ['publicKey', 'PUBLICKEY', ' publickey ', 'x'.repeat(256), ' ', 'a\nb']) {
      expect((await robot.put(name, { a: 'x' })).status, name).toBe(400);
    }
    expect((await robot.get('kept')).value).toEqual({ a: 'before' });
  });

  it('gets 400, never 500, for an envelope that does not open', async () => {
    const good = await robot.envelope('{"a":"sesame"}');
    const strange = async (changes: object) => ({ ...good, encryption: { ...good.encryption, ...changes } });
    const short = publicEncrypt({ key: pair.publicKey, ...OAEP }, randomBytes(32)).toString('base64');
    const hex = Buffer.from(Buffer.from(good.encryption.iv ?? '', 'base64').toString('hex')).toString('base64');
    for (const body of [
      await strange({ authTag: randomBytes(16).toString('base64') }),
      await strange({ authTag: '' }),
      await strange({ authTag: (good.encryption.authTag ?? '').slice(0, 8) }),
      await strange({ iv: '' }),
      await strange({ iv: hex }),
      await strange({ encryptedAES: short }),
      await strange({ encryptedAES: 'AAAA' }),
      await strange({ encryptedAES: '' }),
      await strange({ encryptionScheme: 'robocloud-vault-transit-v1' }),
      { ...good, value: Buffer.from('x').toString('base64') },
      { ...good, value: '' },
      { ...good, value: null },
      { ...good, encryption: null },
      {},
      undefined,
      [],
      await robot.envelope('no json'),
      await robot.envelope('{"a":"sesame"'),
    ]) {
      const answer = await robot.send('broken', body);
      expect(answer.status, JSON.stringify(body)?.slice(0, 80)).toBe(400);
      expect(answer.text).not.toContain('sesame');
    }
    expect((await robot.asked('broken')).status).toBe(404);
  });

  it('gets 400 for a key or a scheme that cannot be used, and nothing is recorded as read', async () => {
    await robot.put('strict', { a: 'x' });
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64');
    const before = await reads('strict');
    for (const query of [
      {},
      { encryptionScheme: SCHEME },
      { publicKey: OWN_KEY },
      { encryptionScheme: 'none', publicKey: OWN_KEY },
      { encryptionScheme: SCHEME, publicKey: 'x' },
      { encryptionScheme: SCHEME, publicKey: '' },
      { encryptionScheme: SCHEME, publicKey: der(small) },
      { encryptionScheme: SCHEME, publicKey: der(curve) },
    ]) {
      expect((await robot.asked('strict', query)).status, JSON.stringify(query).slice(0, 60)).toBe(400);
    }
    expect(await reads('strict')).toBe(before);
  });

  it('takes the key of the server as bare base64 text, the same each time', async () => {
    const token = await (await toolOf(server, server.admin)).token('run/robot', finance.id);
    const path = `/secrets-v1/workspaces/${finance.id}/secrets/publicKey`;
    const all = await Promise.all([1, 2, 3].map(() => server.call('GET', path, { headers: bearer(token) })));
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
    expect(all[0]?.text).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(all[0]?.headers.get('content-type')).toContain('text/plain');
  });

  it('may put one secret from many places at once', async () => {
    const answers = await Promise.all(['1', '2', '3', '4'].map((a) => robot.put('contended', { a })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await robot.get('contended')).value).toEqual({ a: expect.stringMatching(/^[1-4]$/) });
  });

  it('reads secrets of its workspace only, and a name may be there in each', async () => {
    const elsewhere = await robotOf(other.id);
    await robot.put('shared name', { where: 'Finance' });
    expect((await elsewhere.asked('shared name')).status).toBe(404);
    await elsewhere.put('Shared Name', { where: 'Sales' });
    expect((await robot.get('SHARED NAME')).value).toEqual({ where: 'Finance' });
    expect((await elsewhere.get('shared name')).value).toEqual({ where: 'Sales' });
  });

  it('is refused without the right token', async () => {
    const wrong = await (await toolOf(server, server.admin)).token('edit/robot', finance.id);
    for (const token of [wrong, finance.key, 'x', server.admin]) {
      const stranger = await robotOf(finance.id, server.url, token);
      expect((await stranger.asked('bank')).status).toBe(403);
      expect((await stranger.send('bank', {})).status).toBe(403);
    }
    expect((await server.call('GET', `/secrets-v1/workspaces/${finance.id}/secrets/bank`)).status).toBe(403);
  });
});

const reads = async (name: string): Promise<number> => {
  const row = await server.database.database.first(
    sql<{
      n: number;
    }>`select count(*)::int as n from audit_entry where action = 'credentialValue.consume' and subject_name like ${`${name}.%`}`,
  );
  return row?.n ?? 0;
};

describe('the token of a run', () => {
  it('opens the secrets of its workspace while the robot runs, and the record names the run', async () => {
    const estate = await startProcessEstate();
    try {
      const running = await estate.start(await estate.newProcess()).then(() => estate.nextRobot());
      const { RC_API_SECRET_HOST = '', RC_API_SECRET_TOKEN, RC_WORKSPACE_ID = '' } = running.environment;
      const inRun = await robotOf(RC_WORKSPACE_ID, RC_API_SECRET_HOST, RC_API_SECRET_TOKEN);
      expect((await inRun.put('erp', { password: 'x' })).status).toBe(200);
      expect((await inRun.get('erp')).value).toEqual({ password: 'x' });
      const row = await estate.server.database.database.first(
        sql<{ details: object }>`select details from audit_entry where action = 'credentialValue.consume'`,
      );
      expect(row?.details).toEqual({ workspace: RC_WORKSPACE_ID, purpose: { type: 'robot', id: running.id } });
      await running.release(running.environment.RC_WORKITEM_ID ?? '', 'COMPLETED');
      await running.end();
      expect((await inRun.asked('erp')).status).toBe(403);
    } finally {
      await estate.server.stop();
    }
  });
});

describe('the plaintext', () => {
  it('is in no table, no audit row and no log, whichever way it goes', async () => {
    const lines: string[] = [];
    const configuration = readConfiguration({
      PORT: '0',
      DATABASE_URL: server.database.url,
      SIGNALBOX_DATA_DIR: server.dataDir,
      SIGNALBOX_LOG_LEVEL: 'trace',
    });
    const room = await startControlRoom(
      configuration,
      createLogger('trace', {
        write: (line: string) => {
          lines.push(line);
        },
      }),
    );
    try {
      const token = await (await toolOf(server, server.admin)).token('run/robot', finance.id);
      const logged = await robotOf(finance.id, room.url, token);
      const secret = 'open-sesame-7391';
      await logged.put('watched', { key: secret, list: [secret] });
      await callServer(room.url, 'PUT', `/signalbox/v1/workspaces/${finance.id}/secrets/watched 2`, {
        token: server.admin,
        body: { values: { key: secret } },
        headers: { 'idempotency-key': 'once' },
      });
      expect((await logged.get('watched')).value).toEqual({ key: secret, list: [secret] });
      expect((await logged.get('watched 2')).value).toEqual({ key: secret });
      await logged.send('watched', { value: secret, encryption: secret });
      const tables = await server.database.database.all(
        sql<{
          name: string;
        }>`select table_name as name from information_schema.tables where table_schema = 'signalbox' and table_type = 'BASE TABLE'`,
      );
      expect(tables.length).toBeGreaterThan(50);
      for (const { name } of tables) {
        const rows = await server.database.database.all(sql`select t::text as row from ${sql.table(name)} t`);
        expect(JSON.stringify(rows).includes(secret), name).toBe(false);
      }
      expect(lines.join('').includes(secret)).toBe(false);
      expect(lines.length).toBeGreaterThan(0);
    } finally {
      await room.stop();
    }
  });

  it('leaves only after the row that says so, with who it was and what for', async () => {
    await robot.put('recorded', { a: 'x', b: 'y' });
    expect(await reads('recorded')).toBe(0);
    await robot.get('recorded');
    expect(await reads('recorded')).toBe(2);
    const row = await server.database.database.first(
      sql<{ actor: string; details: object }>`select actor_name as actor, details from audit_entry
        where action = 'credentialValue.consume' and subject_name = 'recorded.a'`,
    );
    expect(row).toEqual({
      actor: 'admin',
      details: { workspace: finance.id, purpose: { type: 'tool', id: '' } },
    });
  });

  it('stays readable when the vault key is rotated, and so does the key of the server', async () => {
    await robot.put('rotated', { a: 'x' });
    const envelope = await robot.envelope('{"a":"y"}');
    const rotated = await server.call('POST', '/signalbox/v1/vault/rotations', { token: server.admin });
    expect(rotated.status, rotated.text).toBeLessThan(300);
    await server.room.domain.vault.rotation.drain();
    expect((await robot.get('rotated')).value).toEqual({ a: 'x' });
    expect((await robot.send('rotated', envelope)).status).toBe(200);
    const left = await server.database.database.first(
      sql<{
        n: number;
      }>`select count(*)::int as n from robot_transport_key where vault_key_id in (select id from vault_key where retired_on is not null)`,
    );
    expect(left?.n).toBe(0);
  });
});

describe('members of the workspace', () => {
  const path = '/secrets';

  it('see names and keys, write values, and never get one back', async () => {
    const member = await server.user([]);
    await finance.extension('PUT', `/members/${member.id}`, { role: 'MEMBER' });
    const as = (method: string, more: string, body?: unknown) =>
      finance.extension(method, `${path}${more}`, body, member.token);
    const made = await as('PUT', '/by%20people', { description: 'd', values: { user: 'u', port: 1 } });
    expect(made.body, made.text).toEqual({
      name: 'by people',
      description: 'd',
      keys: ['user', 'port'],
      updatedOn: expect.any(String),
    });
    expect((await as('GET', '/BY%20people')).body).toEqual(made.body);
    expect((await as('GET', '')).body.list).toContainEqual(made.body);
    expect(await robot.get('by people')).toEqual({
      name: 'by people',
      description: 'd',
      value: { user: 'u', port: 1 },
    });
    expect((await as('DELETE', '/by%20people')).status).toBe(204);
    expect((await as('DELETE', '/by%20people')).status).toBe(404);
    expect((await robot.asked('by people')).status).toBe(404);
    for (const body of [undefined, {}, { values: null }, { values: [] }, { values: 'x' }]) {
      expect((await as('PUT', '/none', body)).status).toBe(400);
    }
  });

  it('are asked for: strangers find nothing', async () => {
    const stranger = await server.user([LOCKERS_ALL]);
    for (const [method, more] of [
      ['GET', ''],
      ['GET', '/bank'],
      ['PUT', '/bank'],
      ['DELETE', '/bank'],
    ] as const) {
      const answer = await finance.extension(
        method,
        path + more,
        method === 'PUT' ? { values: {} } : undefined,
        stranger.token,
      );
      expect(answer.status, method).toBe(404);
    }
  });
});

describe('one vault', () => {
  const vault = (method: string, path: string, token: string, body?: unknown) =>
    server.call(method, `/v2/credentialvault${path}`, { token, body });

  it('shows a secret of the first workspace as a credential, which its members may edit', async () => {
    const first = await firstWorkspace(server);
    const inFirst = await robotOf(first.id);
    await inFirst.put('erp', { user: 'robot', password: 'one' });
    const { list } = (
      await vault('POST', '/credentials/list', server.admin, {
        filter: { operator: 'eq', field: 'name', value: 'erp' },
      })
    ).body;
    expect(list).toHaveLength(1);
    const [credential] = list;
    expect(credential).toMatchObject({ name: 'erp', completed: true, lockerId: expect.anything() });
    const locker = await vault('GET', `/lockers/${credential.lockerId}`, server.admin);
    expect(locker.body.name).toBe('Robot secrets');
    const attribute = credential.attributes.find(({ name }: { name: string }) => name === 'password');
    const values = await vault('GET', `/credentials/${credential.id}/attributevalues`, server.admin);
    const value = values.body.list.find(
      (one: { credentialAttributeId: string }) => one.credentialAttributeId === attribute.id,
    );
    const changed = await vault('PUT', `/credentials/${credential.id}/attributevalues/${value.id}`, server.admin, {
      value: 'two',
      version: value.version,
    });
    expect(changed.status, changed.text).toBe(200);
    expect((await inFirst.get('erp')).value).toEqual({ user: 'robot', password: 'two' });
  });

  it('gives robots the credentials that people put into the robots’ locker, and no others', async () => {
    const first = await firstWorkspace(server);
    const inFirst = await robotOf(first.id);
    await inFirst.put('any', {});
    const lockers = await vault('POST', '/lockers/list', server.admin, {});
    const locker = lockers.body.list.find(({ name }: { name: string }) => name === 'Robot secrets');
    const made = await vault('POST', '/credentials', server.admin, {
      name: 'mail',
      description: 'of people',
      attributes: [
        { name: 'host', userProvided: false, masked: false },
        { name: 'pin', userProvided: true, masked: true },
        { name: 'unset', userProvided: false, masked: true },
      ],
    });
    const { id } = made.body;
    const [host, pin] = made.body.attributes;
    const set = await vault('POST', `/credentials/${id}/attributevalues`, server.admin, {
      list: [
        { credentialAttributeId: host.id, value: 'mail.example' },
        { credentialAttributeId: pin.id, value: '1234' },
      ],
    });
    expect(set.status, set.text).toBeLessThan(300);
    expect((await inFirst.asked('mail')).status).toBe(404);
    // Its name is taken all the same: names differ within a workspace.
    expect((await inFirst.put('MAIL', { host: 'x' })).status).toBe(409);
    const put = await vault('PUT', `/lockers/${locker.id}/credentials/${id}`, server.admin);
    expect(put.status, put.text).toBeLessThan(300);
    expect(await inFirst.get('mail')).toEqual({
      name: 'mail',
      description: 'of people',
      value: { host: 'mail.example' },
    });
    expect((await inFirst.put('mail', { host: 'y', PIN: '5' })).status).toBe(409);
    expect((await inFirst.put('mail', { host: 'y' }, { description: 'of robots' })).status).toBe(200);
    expect((await inFirst.get('mail')).value).toEqual({ host: 'y' });
    const after = await vault('GET', `/credentials/${id}`, server.admin);
    expect(after.body.attributes.map(({ name }: { name: string }) => name).sort()).toEqual(['host', 'pin']);
  });

  it('lets bots use a robot’s secret once a role consumes the robots’ locker, and never that of another workspace', async () => {
    const first = await firstWorkspace(server);
    const inFirst = await robotOf(first.id);
    await inFirst.put('for both', { user: 'robot', port: 8443 });
    await robot.put('for one', { user: 'robot' });
    const lockers = await vault('POST', '/lockers/list', server.admin, {});
    const locker = lockers.body.list.find(({ name }: { name: string }) => name === 'Robot secrets');
    const user = await server.user([]);
    const consume = (credentialName: string, attributeName: string) =>
      server.room.domain.vault.consume(
        { userId: user.id },
        { credentialName, attributeName },
        { purpose: { type: 'run', id: 'r' } },
      );
    await expect(consume('for both', 'user')).rejects.toThrow('There is no credential');
    const added = await vault('POST', `/lockers/${locker.id}/consumers`, server.admin, { id: user.roleId });
    expect(added.status, added.text).toBeLessThan(300);
    expect(await consume('for both', 'user')).toMatchObject({ value: 'robot', masked: true });
    expect(await consume('FOR BOTH', 'port')).toMatchObject({ value: '8443' });
    await expect(consume('for one', 'user')).rejects.toThrow('There is no credential');
  });

  it('keeps secrets of other workspaces off Automation Anywhere’s wire, for administrators of lockers too', async () => {
    await robot.put('only here', { a: 'x' });
    const row = await server.database.database.first(
      sql<{ id: number; locker: number }>`select id, locker_id as locker from credential where name = 'only here'`,
    );
    const [credentials, lockers] = [
      await vault('POST', '/credentials/list', server.admin, { page: { length: 1000 } }),
      await vault('POST', '/lockers/list', server.admin, { page: { length: 1000 } }),
    ];
    expect(credentials.body.list.map(({ id }: { id: string }) => Number(id))).not.toContain(row?.id);
    expect(lockers.body.list.map(({ id }: { id: string }) => Number(id))).not.toContain(row?.locker);
    expect((await vault('GET', `/credentials/${row?.id}`, server.admin)).status).toBe(404);
    expect((await vault('DELETE', `/credentials/${row?.id}`, server.admin)).status).toBe(404);
    expect((await vault('GET', `/lockers/${row?.locker}`, server.admin)).status).toBe(404);
    const made = await vault('POST', '/credentials', server.admin, {
      name: 'only here',
      attributes: [{ name: 'a', userProvided: false, masked: false }],
    });
    expect(made.status, made.text).toBe(201);
    expect((await robot.get('only here')).value).toEqual({ a: 'x' });
  });

  it('lets members of the first workspace take part in its robots’ locker, and others not', async () => {
    const first = await firstWorkspace(server);
    const MANAGE_OWN = 85;
    const member = await server.user([MANAGE_OWN]);
    const names = async () =>
      (await vault('POST', '/lockers/list', member.token, {})).body.list?.map(({ name }: { name: string }) => name);
    const before = await names();
    await first.extension('PUT', `/members/${member.id}`, { role: 'MEMBER' });
    expect([before ?? [], await names()]).toEqual([[], ['Robot secrets']]);
  });
});
