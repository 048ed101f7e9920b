import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { TestDatabase } from '../../../test-support/database.ts';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { openDatabase } from '../../kernel/database/index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { listenForWakeUps } from '../../kernel/wake-ups.ts';
import { createIdentity, type Identity, type IdentityOptions, SYSTEM } from './index.ts';

const ORIGIN = { address: '10.0.0.1', requestId: 'test' };
const OPTIONS: IdentityOptions = {
  adminUsername: 'Admin',
  adminPassword: 'short',
  passwordPolicy: 'safe',
  taskTokenSeconds: 1_200,
  tenantUuid: '5f0c6d0e-7f3e-4a30-9f1b-8b6f3a0c1d22',
};

let kernel: Kernel;
let database: TestDatabase;
beforeEach(async () => {
  const made = await createTestKernel();
  kernel = made.kernel;
  database = made.database;
  onTestFinished(() => made.close());
});

/** Another server over the same database, with connections, memory and wake-ups of its own. */
async function replica(): Promise<Kernel> {
  const connections = openDatabase({ connectionString: database.url });
  const wakeUps = await listenForWakeUps(connections, () => {});
  onTestFinished(async () => {
    await wakeUps.close();
    await connections.close();
  });
  return { ...kernel, database: connections, wakeUps };
}

/** Everything announced so far has reached this server: messages come in order, and this one came after them. */
async function caughtUp({ wakeUps }: Kernel): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const off = wakeUps.on('test', () => {
      off();
      resolve();
    });
  });
  await kernel.database.all(sql`select pg_notify('signalbox', 'test:now')`);
  await heard;
}

async function logIn(identity: Identity, username = 'admin', password = 'short'): Promise<string> {
  return (await identity.logIn({ username, password, multipleLogin: true }, ORIGIN)).token;
}

describe('the first start', () => {
  it('makes the administrator with the password it was given, whatever the policy says', async () => {
    const identity = await createIdentity(kernel, OPTIONS);
    expect(identity.madeAdminPassword).toBeUndefined();
    const { user } = await identity.logIn({ username: 'admin', password: 'short' }, ORIGIN);
    expect(user).toMatchObject({ id: 1, username: 'admin', createdBy: 0, roles: [{ id: 1, name: 'AAE_Admin' }] });
  });

  it('makes a password when it was given none, hands it back once and keeps it in a file for its owner alone', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'signalbox-identity-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const options = { ...OPTIONS, adminPassword: undefined, dataDir };
    const identity = await createIdentity(kernel, options);
    const made = identity.madeAdminPassword ?? '';
    expect(made).toMatch(/^[\w-]{24}$/);
    const file = path.join(dataDir, 'admin-password');
    expect(await readFile(file, 'utf8')).toBe(`${made}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(logIn(identity, 'admin', made)).resolves.toBeTypeOf('string');
    expect((await createIdentity(kernel, options)).madeAdminPassword).toBeUndefined();
  });

  it('happens once, however many replicas start at the same time', async () => {
    const kernels = await Promise.all([replica(), replica(), replica(), replica()]);
    const options = { ...OPTIONS, adminPassword: undefined };
    const identities = await Promise.all(kernels.map((one) => createIdentity(one, options)));
    const passwords = identities.flatMap(({ madeAdminPassword }) => madeAdminPassword ?? []);
    expect(passwords).toHaveLength(1);
    const counts = await kernel.database.first(
      sql`select (select count(*) from app_user) as users, (select count(*) from role) as roles, (select count(*) from signing_key) as keys`,
    );
    expect(counts).toEqual({ users: 1, roles: 11, keys: 1 });
    for (const identity of identities)
      await expect(logIn(identity, 'admin', passwords[0])).resolves.toBeTypeOf('string');
  });

  it('leaves changed roles of the system as they are at the next start, and gives out rights that are new', async () => {
    const identity = await createIdentity(kernel, OPTIONS);
    const basic = await identity.roles.update(SYSTEM, 2, { permissions: [{ id: 58 }] });
    // As if 120 had not been in the vocabulary of the version that ran before.
    await kernel.database.all(
      sql`update installation set value = (select jsonb_agg(v) from jsonb_array_elements(value) v where v <> '120') where key = 'knownPermissions'`,
    );
    const again = await createIdentity(kernel, OPTIONS);
    const ids = (await again.roles.get(2)).grants.map(({ permission }) => permission.id);
    expect(basic.grants.map(({ permission }) => permission.id)).toEqual([58]);
    expect(ids).toEqual([58, 120]);
  });
});

describe('another replica', () => {
  it('knows of a log-out, a disabled user and a changed role as soon as its wake-ups have come', async () => {
    const here = await createIdentity(kernel, OPTIONS);
    const thereKernel = await replica();
    const there = await createIdentity(thereKernel, OPTIONS);
    const role = await here.roles.create(SYSTEM, { name: 'viewers', permissions: [{ id: 1 }] });
    const settings = {
      username: 'clerk',
      password: 'a-long-enough-one',
      roleIds: [role.id],
      multipleLoginAllowed: true,
    };
    const user = await here.users.create(SYSTEM, settings);
    const [token, other] = [
      await logIn(here, 'clerk', settings.password),
      await logIn(here, 'clerk', settings.password),
    ];

    const caller = await there.authenticate(token);
    expect(caller.may('usermanagement.usermanagement')).toBe(true);
    await here.roles.update(SYSTEM, role.id, { permissions: [] });
    await caughtUp(thereKernel);
    expect((await there.authenticate(token)).may('usermanagement.usermanagement')).toBe(false);

    await here.logOut(caller, ORIGIN);
    await caughtUp(thereKernel);
    await expect(there.authenticate(token)).rejects.toMatchObject({ kind: 'unauthenticated' });

    await there.authenticate(other);
    await here.users.update(SYSTEM, user.id, { disabled: true });
    await caughtUp(thereKernel);
    await expect(there.authenticate(other)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('lets one of two single log-ins at the same time survive', async () => {
    const [here, there] = [await createIdentity(kernel, OPTIONS), await createIdentity(await replica(), OPTIONS)];
    const once = (identity: Identity) => identity.logIn({ username: 'admin', password: 'short' }, ORIGIN);
    const tokens = (await Promise.all([once(here), once(there), once(here), once(there)])).map(({ token }) => token);
    const fresh = await createIdentity(await replica(), OPTIONS);
    const valid = await Promise.all(tokens.map((token) => fresh.isValid(token)));
    expect(valid.filter(Boolean)).toHaveLength(1);
  });
});

describe('a request with a token', () => {
  it('asks the database nothing once the token is known', async () => {
    let queries = 0;
    const count: Kernel['database']['first'] = (query) => {
      queries++;
      return kernel.database.first(query);
    };
    const identity = await createIdentity({ ...kernel, database: { ...kernel.database, first: count } }, OPTIONS);
    const token = await logIn(identity);
    await identity.authenticate(token);
    queries = 0;
    for (let n = 0; n < 1_000; n++) await identity.authenticate(token);
    expect(queries).toBe(0);
  });
});

describe('signing keys', () => {
  it('rotate: the new one signs, the old one verifies for 20 minutes more, and its private part is gone', async () => {
    const identity = await createIdentity(kernel, OPTIONS);
    const admin = await identity.authenticate(await logIn(identity));
    const old = await logIn(identity);
    const id = await identity.signingKeys.rotate(admin);
    const fresh = await logIn(identity);
    expect(decodeProtectedHeader(fresh).kid).toBe(id);
    expect([await identity.isValid(old), await identity.isValid(fresh)]).toEqual([true, true]);
    const kept = await kernel.database.all(
      sql`select id, private_key_sealed is null as gone from signing_key order by created_on`,
    );
    expect(kept).toEqual([
      { id: decodeProtectedHeader(old).kid, gone: true },
      { id, gone: false },
    ]);

    const jwks = await identity.signingKeys.jwks();
    expect(jwks.keys).toHaveLength(2);
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    for (const token of [old, fresh]) await expect(jwtVerify(token, createLocalJWKSet(jwks))).resolves.toBeDefined();

    await database.advance({ minutes: 21 });
    await caughtUp(kernel);
    expect((await identity.signingKeys.jwks()).keys.map(({ kid }) => kid)).toEqual([id]);
  });

  it('are kept sealed, so that a copy of the database signs nothing', async () => {
    await createIdentity(kernel, OPTIONS);
    const key = await kernel.database.first(
      sql<{ sealed: string }>`select private_key_sealed as sealed from signing_key`,
    );
    expect(key?.sealed).toMatch(/^sb1\./);
    expect(key?.sealed).not.toContain('PRIVATE KEY');
  });

  it('of another installation count for nothing', async () => {
    const other = await createTestKernel();
    onTestFinished(() => other.close());
    const token = await logIn(await createIdentity(other.kernel, OPTIONS));
    expect(await (await createIdentity(kernel, OPTIONS)).isValid(token)).toBe(false);
  });
});

describe('cleaning up', () => {
  it('deletes sessions a day after their end, and nothing younger', async () => {
    const identity = await createIdentity(kernel, OPTIONS);
    await logIn(identity);
    expect(await identity.sweep()).toBe(0);
    await database.advance({ hours: 25 });
    expect(await identity.sweep()).toBe(1);
  });
});
