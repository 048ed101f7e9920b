import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { LOCKER_ADMIN, LOCKER_CREATE, type Person, vaultOf } from './support/vault.ts';

/** Credentials and lockers: contract a §4.1, §4.3, §4.5. */
let server: TestServer;
let vault: ReturnType<typeof vaultOf>;
let keeper: Person;
let stranger: Person;

beforeAll(async () => {
  server = await startTestServer();
  vault = vaultOf(server);
  keeper = await vault.keeper();
  stranger = await server.user([]);
});
afterAll(() => server?.stop());

const password = { name: 'password', masked: true, passwordFlag: true };

describe('A credential', () => {
  test('comes back with every field of the contract, ids and versions as texts, in each call that shows it', async () => {
    const made = await vault.call('POST', '/credentials', keeper, {
      name: 'SAP_Login',
      description: 'ERP',
      attributes: [
        { name: 'user', description: '', userProvided: false, masked: false, passwordFlag: false, value: 'ignored' },
        { name: 'password', description: '', userProvided: 'false', masked: 'True', passwordFlag: true },
      ],
    });
    expect(made.status).toBe(201);
    const stamps = {
      createdBy: String(keeper.id),
      createdOn: expect.stringMatching(/Z$/),
      updatedBy: String(keeper.id),
      updatedOn: expect.stringMatching(/Z$/),
      version: '0',
    };
    const attribute = { id: expect.stringMatching(/^\d+$/), description: '', userProvided: false, ...stamps };
    expect(made.body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'SAP_Login',
      description: 'ERP',
      ownerId: String(keeper.id),
      completed: false,
      ...stamps,
      attributes: [
        { ...attribute, name: 'user', masked: false, passwordFlag: false },
        { ...attribute, name: 'password', masked: true, passwordFlag: true },
      ],
    });

    const filter = { operator: 'substring', field: 'name', value: 'sap_' };
    for (const version of ['v1', 'v2']) {
      const read = await server.call('GET', `/${version}/credentialvault/credentials/${made.body.id}`, keeper);
      expect(read.body).toEqual(made.body);
      const body = { filter, sort: [{ field: 'name', direction: 'asc' }], page: { offset: 0, length: 0 } };
      const listed = await server.call('POST', `/${version}/credentialvault/credentials/list`, { ...keeper, body });
      expect(listed.body).toEqual({ list: [made.body], page: { offset: 0, total: 1, totalFilter: 1 } });
    }
    const named = await vault.call('GET', '/credentials?name=SAP_Login', keeper);
    expect(named.body).toEqual({ list: [made.body] });
    expect((await vault.call('GET', '/credentials?name=SAP', keeper)).body).toEqual({ list: [] });
    expect((await vault.call('POST', '/credentials/list', stranger, { filter })).body.list).toEqual([]);
  });

  test.each([
    ['without a name', { attributes: [password] }],
    ['with a name of 51 characters', { name: 'x'.repeat(51) }],
    ['with a special character in its name', { name: 'a/b' }],
    ['with a description of 256 characters', { description: 'x'.repeat(256) }],
    ['without attributes', { attributes: [] }],
    ['with an attribute that does not say whether it is user-provided', { attributes: [{ name: 'a', masked: true }] }],
    ['with an attribute that does not say whether it is masked', { attributes: [{ name: 'a', userProvided: true }] }],
    ['with two attributes of one name', { attributes: [password, { ...password, name: 'PASSWORD' }] }],
    ['with an attribute name of 51 characters', { attributes: [{ ...password, name: 'x'.repeat(51) }] }],
  ])('is refused %s', async (what, more) => {
    const whole = { name: 'Refused', attributes: [{ ...password, userProvided: false }], ...more };
    const answer = await vault.call('POST', '/credentials', keeper, what === 'without a name' ? more : whole);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'REQUEST.INVALID',
      message: expect.any(String),
      details: expect.any(String),
    });
  });

  test('has a name of its own, whoever owns the other', async () => {
    await vault.credential(keeper, 'Taken', [password]);
    const attributes = [{ ...password, userProvided: false }];
    const again = await vault.call('POST', '/credentials', stranger, { name: 'TAKEN', attributes });
    expect(again.status).toBe(409);
  });

  test('is changed as a whole, with the version that was read, and keeps the ids of its attributes', async () => {
    const made = await vault.credential(keeper, 'Changing', [password, { name: 'old' }]);
    const read = (await vault.call('GET', made.path, keeper)).body;
    const change = {
      ...read,
      name: 'Changed',
      attributes: [read.attributes[0], { name: 'new', userProvided: true, masked: false }],
    };
    const changed = await vault.call('PUT', made.path, keeper, change);
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body).toMatchObject({ name: 'Changed', version: '1' });
    expect(changed.body.attributes.map((one: { name: string }) => one.name)).toEqual(['password', 'new']);
    expect(changed.body.attributes[0]).toEqual(read.attributes[0]);
    expect((await vault.call('PUT', made.path, keeper, change)).status).toBe(409);
  });

  test('is completed when every standard attribute has a value', async () => {
    const made = await vault.credential(keeper, 'Completing', [password, { name: 'own', userProvided: true }]);
    const completed = async () => (await vault.call('GET', made.path, keeper)).body.completed;
    expect(await completed()).toBe(false);
    expect((await made.set('password', 'hunter2!')).status).toBe(200);
    expect(await completed()).toBe(true);
  });

  test('is deleted with its values', async () => {
    const made = await vault.credential(keeper, 'Leaving', [password]);
    await made.set('password', 'hunter2!');
    const answer = await vault.call('DELETE', made.path, keeper);
    expect(answer.status).toBe(200);
    expect((await vault.call('GET', made.path, keeper)).status).toBe(404);
    const left = await vault.sql('select 1 from credential_value where attribute_id = $1', [
      made.attribute('password'),
    ]);
    expect(left.rowCount).toBe(0);
  });

  test('goes to another owner with its values', async () => {
    const made = await vault.credential(keeper, 'Handed on', [password]);
    await made.set('password', 'hunter2!');
    const next = await vault.keeper();
    const answer = await vault.call('PUT', `${made.path}/owner/${next.id}`, keeper);
    expect(answer.body).toMatchObject({ ownerId: String(next.id), completed: true });
    expect((await vault.call('GET', made.path, keeper)).status).toBe(404);
    expect((await vault.call('PUT', `${made.path}/owner/999999`, next)).status).toBe(400);
  });

  test('cannot be unmasked, nor lose its password flag, while there are values', async () => {
    const made = await vault.credential(keeper, 'Masked', [password]);
    await made.set('password', 'hunter2!');
    const read = (await vault.call('GET', made.path, keeper)).body;
    for (const weaker of [{ masked: false }, { passwordFlag: false }, { userProvided: true }]) {
      const attributes = [{ ...read.attributes[0], ...weaker }];
      expect((await vault.call('PUT', made.path, keeper, { attributes })).status).toBe(409);
    }
  });
});

describe('A locker', () => {
  test('belongs to whoever creates it, and says all that the contract wants of it', async () => {
    const made = await vault.call('POST', '/lockers', keeper, { name: 'Finance', description: 'Month end' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'Finance',
      description: 'Month end',
      createdBy: String(keeper.id),
      createdOn: expect.stringMatching(/Z$/),
      updatedBy: String(keeper.id),
      updatedOn: expect.stringMatching(/Z$/),
      version: '0',
    });
    const path = `/lockers/${made.body.id}`;
    expect((await vault.call('GET', path, keeper)).body).toEqual(made.body);
    const listed = await vault.call('POST', '/lockers/list', keeper, {
      filter: { operator: 'gt', field: 'createdOn', value: '2020-01-01T00:00:00Z' },
      sort: [{ field: 'name' }],
    });
    expect(listed.body.list).toContainEqual(made.body);
    expect((await vault.call('GET', `${path}/members`, keeper)).body).toEqual({
      list: [{ id: String(keeper.id), permissions: ['own'] }],
    });
    const changed = await vault.call('PUT', path, keeper, { name: 'Finances', description: '', version: '0' });
    expect(changed.body).toMatchObject({ name: 'Finances', description: '', version: '1' });
    expect((await vault.call('PUT', path, keeper, { name: 'Late', version: '0' })).status).toBe(409);
    expect((await vault.call('POST', '/lockers', keeper, { name: 'finances' })).status).toBe(409);
    expect((await vault.call('POST', '/lockers', keeper, { name: 'x'.repeat(51) })).status).toBe(400);
    expect((await vault.call('DELETE', path, keeper)).status).toBe(204);
    expect((await vault.call('GET', path, keeper)).status).toBe(404);
  });

  test('needs the right to create lockers', async () => {
    expect((await vault.call('POST', '/lockers', stranger, { name: 'Mine' })).status).toBe(403);
  });

  test('keeps its version and its date when its membership changes', async () => {
    const locker = await vault.locker(keeper, 'Unmoved');
    const before = (await vault.call('GET', locker.path, keeper)).body;
    await locker.member(stranger, 'participate');
    await locker.consumer(stranger);
    expect((await vault.call('DELETE', `${locker.path}/members/${stranger.id}`, keeper)).status).toBe(204);
    expect((await vault.call('GET', locker.path, keeper)).body).toEqual(before);
  });

  test('keeps at least one owner, who may be another', async () => {
    const locker = await vault.locker(keeper, 'Owned');
    const members = `${locker.path}/members`;
    expect((await vault.call('DELETE', `${members}/${keeper.id}`, keeper)).status).toBe(409);
    expect((await vault.call('PUT', `${members}/${keeper.id}`, keeper, { permissions: ['manage'] })).status).toBe(409);
    await locker.member(stranger, 'own');
    expect((await vault.call('DELETE', `${members}/${keeper.id}`, keeper)).status).toBe(204);
    expect((await vault.call('DELETE', `${members}/${stranger.id}`, stranger)).status).toBe(409);
  });

  test('of two owners who remove each other at once keeps one', async () => {
    const locker = await vault.locker(keeper, 'Duel');
    await locker.member(stranger, 'own');
    const answers = await Promise.all([
      vault.call('DELETE', `${locker.path}/members/${stranger.id}`, keeper),
      vault.call('DELETE', `${locker.path}/members/${keeper.id}`, stranger),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  test('lets an owner consume, but not also manage or participate', async () => {
    const locker = await vault.locker(keeper, 'Together');
    const put = (permissions: string[]) =>
      vault.call('PUT', `${locker.path}/members/${stranger.id}`, keeper, { permissions });
    expect((await put(['own', 'consume'])).status).toBe(204);
    for (const wrong of [['own', 'manage'], ['own', 'participate'], ['admin', 'manage'], [], ['rule']])
      expect((await put(wrong)).status, wrong.join()).toBe(400);
    expect((await put(['MANAGE', 'participate'])).status).toBe(204);
  });

  test('is consumed by roles that were made here, named by id or roleId, never by system roles', async () => {
    const locker = await vault.locker(keeper, 'Consumed');
    const consumers = `${locker.path}/consumers`;
    const added = await vault.call('POST', consumers, keeper, { id: stranger.roleId });
    expect([added.status, added.body]).toEqual([201, { id: String(stranger.roleId) }]);
    expect((await vault.call('POST', consumers, keeper, { roleId: String(stranger.roleId) })).status).toBe(201);
    expect((await vault.call('GET', consumers, keeper)).body).toEqual({ list: [{ id: String(stranger.roleId) }] });
    for (const system of [1, 2, 10])
      expect((await vault.call('POST', consumers, keeper, { id: system })).status, String(system)).toBe(400);
    expect((await vault.call('POST', consumers, keeper, {})).status).toBe(400);
    expect((await vault.call('DELETE', `${consumers}/${stranger.roleId}`, keeper)).status).toBe(204);
    expect((await vault.call('GET', consumers, keeper)).body).toEqual({ list: [] });
  });

  test('holds credentials, each of them in no other', async () => {
    const [one, two] = [await vault.locker(keeper, 'One'), await vault.locker(keeper, 'Two')];
    const credential = await vault.credential(keeper, 'Held', [password]);
    const put = await one.put(credential);
    expect([put.status, put.body.lockerId]).toEqual([200, one.id]);
    expect((await one.put(credential)).status).toBe(200);
    expect((await two.put(credential)).status).toBe(409);
    const listed = await vault.call('GET', `${one.path}/credentials`, keeper);
    expect(listed.body.list.map(({ id }: { id: string }) => id)).toEqual([credential.id]);
    expect((await vault.call('DELETE', `${two.path}/credentials/${credential.id}`, keeper)).status).toBe(404);
    expect((await vault.call('DELETE', `${one.path}/credentials/${credential.id}`, keeper)).status).toBe(204);
    expect((await vault.call('GET', credential.path, keeper)).body).not.toHaveProperty('lockerId');
    await two.put(credential);
    await vault.call('DELETE', two.path, keeper);
    expect((await vault.call('GET', credential.path, keeper)).body).not.toHaveProperty('lockerId');
  });
});

describe('Nobody crosses', () => {
  test('a participant sees the locker and puts his own credentials in, and sees no others and no values', async () => {
    const locker = await vault.locker(keeper, 'Participants');
    const theirs = await vault.credential(keeper, 'Not the participants', [password]);
    await theirs.set('password', 'hunter2!');
    await locker.put(theirs);
    const participant = await server.user([]);
    await locker.member(participant, 'participate');
    const own = await vault.credential(participant, 'Of the participant', [password]);
    expect((await locker.put(own, participant)).status).toBe(200);
    const seen = await vault.call('GET', `${locker.path}/credentials`, participant);
    expect(seen.body.list.map(({ id }: { id: string }) => id)).toEqual([own.id]);
    expect((await theirs.values(participant)).status).toBe(404);
    expect((await locker.put(theirs, participant)).status).toBe(404);
    expect((await vault.call('PUT', locker.path, participant, { name: 'Ours' })).status).toBe(403);
    expect((await vault.call('DELETE', locker.path, participant)).status).toBe(403);
  });

  test('a manager changes the locker and its credentials, and neither members nor values', async () => {
    const locker = await vault.locker(keeper, 'Managed');
    const credential = await vault.credential(keeper, 'Of the managed locker', [password, { name: 'host' }]);
    await credential.set('host', 'sap.example');
    await locker.put(credential);
    const manager = await server.user([LOCKER_CREATE]);
    await locker.member(manager, 'manage');
    expect((await vault.call('PUT', locker.path, manager, { description: 'kept' })).status).toBe(200);
    expect((await vault.call('PUT', credential.path, manager, { description: 'kept' })).status).toBe(200);
    expect((await credential.values(manager)).status).toBe(403);
    expect((await credential.set('password', 'mine', manager)).status).toBe(403);
    expect((await vault.call('PUT', `${credential.path}/owner/${manager.id}`, manager)).status).toBe(403);
    for (const [method, path, body] of [
      ['PUT', `/members/${manager.id}`, { permissions: ['own'] }],
      ['PUT', `/members/${stranger.id}`, { permissions: ['participate'] }],
      ['DELETE', `/members/${keeper.id}`, undefined],
      ['POST', '/consumers', { id: manager.roleId }],
    ] as const)
      expect((await vault.call(method, `${locker.path}${path}`, manager, body)).status, path).toBe(403);
    expect((await vault.call('DELETE', `${locker.path}/credentials/${credential.id}`, manager)).status).toBe(204);
  });

  test('a consumer finds what he may use, and changes nothing of it', async () => {
    const locker = await vault.locker(keeper, 'Consumers');
    const credential = await vault.credential(keeper, 'For consumers', [password]);
    await locker.put(credential);
    const consumer = await server.user([]);
    await locker.consumer(consumer);
    const ids = async (query: string) =>
      (await vault.call('POST', `/credentials/list${query}`, consumer, {})).body.list.map(
        ({ id }: { id: string }) => id,
      );
    expect(await ids('')).toEqual([]);
    expect(await ids('?consumed=true')).toEqual([credential.id]);
    expect((await vault.call('GET', `${credential.path}?consumed=true`, consumer)).status).toBe(200);
    expect((await vault.call('PUT', credential.path, consumer, { description: 'mine' })).status).toBe(403);
    expect((await vault.call('DELETE', credential.path, consumer)).status).toBe(403);
    expect((await vault.call('PUT', `${credential.path}/owner/${consumer.id}`, consumer)).status).toBe(403);
    expect((await credential.set('password', 'mine', consumer)).status).toBe(403);
    expect((await vault.call('GET', `${locker.path}/members`, consumer)).status).toBe(403);
    expect((await vault.call('PUT', locker.path, consumer, { name: 'Mine' })).status).toBe(403);
  });

  test('who administers lockers sees everything but values, and comes to none by making himself the owner', async () => {
    const locker = await vault.locker(keeper, 'Seen from above');
    const credential = await vault.credential(keeper, 'Of one who left', [{ name: 'host' }]);
    await credential.set('host', 'sap.example');
    await locker.put(credential);
    const admin = await server.user([LOCKER_ADMIN]);
    expect((await vault.call('GET', locker.path, admin)).status).toBe(200);
    expect((await vault.call('GET', `${locker.path}/members`, admin)).status).toBe(200);
    expect((await vault.call('GET', credential.path, admin)).status).toBe(200);
    expect((await credential.values(admin)).status).toBe(403);
    expect(
      (await vault.call('PUT', `${locker.path}/members/${admin.id}`, admin, { permissions: ['own'] })).status,
    ).toBe(403);
    expect((await vault.call('POST', `${locker.path}/consumers`, admin, { id: admin.roleId })).status).toBe(403);
    expect((await vault.call('PUT', credential.path, admin, { description: 'mine' })).status).toBe(403);

    const taken = await vault.call('PUT', `${credential.path}/owner/${admin.id}`, admin);
    expect(taken.body).toMatchObject({ ownerId: String(admin.id), completed: false });
    expect((await credential.values(admin)).body).toEqual({ list: [] });
  });

  test('a stranger sees neither credential nor locker', async () => {
    const locker = await vault.locker(keeper, 'Hidden');
    const credential = await vault.credential(keeper, 'Hidden', [password]);
    for (const path of [locker.path, `${locker.path}/members`, `${locker.path}/credentials`, credential.path])
      expect((await vault.call('GET', path, stranger)).status, path).toBe(404);
    expect((await credential.values(stranger)).status).toBe(404);
  });
});
