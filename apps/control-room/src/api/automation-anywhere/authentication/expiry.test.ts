import { sql } from 'kysely';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../../test-support/server.ts';

/** What ends by itself (contract a §2.1 to §2.4). Each test has a server of its own, whose clock it moves. */

const GENERATE_API_KEY = 100001;
const SELF = '/v1/usermanagement/users/self';

let server: TestServer;
beforeEach(async () => {
  const started = await startTestServer();
  server = started;
  onTestFinished(() => started.stop());
});

/** Time passes, and the server has heard of it. */
async function advance(duration: Temporal.DurationLike): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const off = server.room.kernel.wakeUps.on('clock', () => {
      off();
      resolve();
    });
  });
  await server.advance(duration);
  await heard;
}

function logIn(body: unknown) {
  return server.call('POST', '/v2/authentication', { body });
}

function readSelf(token: string) {
  return server.call('GET', SELF, { token });
}

it('a token ends after 20 minutes, also for the copy that the server remembers', async () => {
  const { token } = await server.user([], 'ageing');
  await advance({ minutes: 19 });
  expect((await readSelf(token)).status).toBe(200);
  await advance({ minutes: 2 });
  expect((await readSelf(token)).status).toBe(401);
  expect((await server.call('POST', '/v1/authentication/token', { body: { token } })).status).toBe(401);
  expect((await server.call('GET', `/v1/authentication/token?token=${token}`)).body).toEqual({ valid: false });
});

it('refreshing begins the 20 minutes anew, while the old token lives out its own', async () => {
  const { token } = await server.user([], 'prolonged');
  await advance({ minutes: 15 });
  const fresh = (await server.call('POST', '/v2/authentication/token', { body: { token } })).body.token;
  expect((await readSelf(token)).status).toBe(200);
  await advance({ minutes: 10 });
  expect([(await readSelf(token)).status, (await readSelf(fresh)).status]).toEqual([401, 200]);
});

it('API keys end after their days: no log-in, and no refresh of what they opened', async () => {
  const user = await server.user([GENERATE_API_KEY], 'short');
  const path = `/signalbox/v1/users/${user.id}/api-keys`;
  const { body: key } = await server.call('POST', path, { token: server.admin, body: { days: 1 } });
  await advance({ hours: 23, minutes: 50 });
  const token = (await logIn({ username: 'short', apiKey: key.apiKey })).body.token;
  await advance({ minutes: 15 });
  expect((await logIn({ username: 'short', apiKey: key.apiKey })).status).toBe(401);
  expect((await server.call('POST', '/v2/authentication/token', { body: { token } })).status).toBe(401);
});

it('guessing makes one wait, in growing steps that end, and a success clears the count', async () => {
  await server.user([], 'guessed');
  const wrong = () => logIn({ username: 'Guessed', password: 'wrong' });
  const right = () => logIn({ username: 'guessed', password: ADMIN_PASSWORD });
  const statuses: number[] = [];
  // From an address where the user has never been: all this must not count for his own.
  await server.room.kernel.database.all(sql`delete from known_address`);
  for (let n = 0; n < 7; n++) statuses.push((await wrong()).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);

  const refused = await right();
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([429, 'UM1429', '1']);
  await advance({ seconds: 2 });
  expect((await wrong()).status).toBe(401);
  expect((await wrong()).headers.get('retry-after')).toBe('2');
  await advance({ seconds: 3 });
  expect((await right()).status).toBe(200);
  expect((await wrong()).status).toBe(401);
  expect((await wrong()).status).toBe(401);
});

it('guessing at a name that does not exist is slowed down alike, so that it tells nothing', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 7; n++) statuses.push((await logIn({ username: 'no-such', apiKey: `guess ${n}` })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
});

it('guessing sent all at once gets no further than one by one', async () => {
  await server.user([], 'burst');
  const guesses = Array.from({ length: 25 }, () => logIn({ username: 'burst', password: 'wrong' }));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(6);
  expect(statuses.filter((status) => status === 429)).toHaveLength(19);
});

it('a robot with its API key is not kept out by those who guess at its password', async () => {
  const user = await server.user([GENERATE_API_KEY], 'robot');
  const { body: key } = await server.call('POST', '/signalbox/v1/users/self/api-keys', { token: user.token });
  for (let n = 0; n < 7; n++) await logIn({ username: 'robot', password: 'wrong' });
  expect((await logIn({ username: 'robot', password: ADMIN_PASSWORD })).status).toBe(429);
  expect((await logIn({ username: 'robot', apiKey: key.apiKey })).status).toBe(200);
});
