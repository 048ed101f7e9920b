import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test-support/database.ts';
import { type Attempt, createThrottle, forgetOldFailures, networkOf } from './throttle.ts';

const throttle = createThrottle();
let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.database.all(sql`insert into app_user (id, username) values (7, 'clerk')`);
});
beforeEach(async () => {
  await test.database.all(sql`delete from login_failure`);
  await test.database.all(sql`delete from known_address`);
});
afterAll(() => test.drop());

function from(address: string, login = 'clerk'): Attempt & { userId: number } {
  return { login, address, userId: 7 };
}

async function fail(attempt: Attempt, times: number): Promise<number> {
  let wait = 0;
  for (let n = 0; n < times; n++) wait = await throttle.failed(test.database, attempt);
  return Math.round(wait);
}

const admit = (attempt: Attempt) => throttle.admit(test.database, attempt);

describe('repeated failures', () => {
  it('cost nothing five times, then 1, 2, 4 … and never more than 300 seconds', async () => {
    const waits: number[] = [];
    for (let n = 0; n < 17; n++) waits.push(await fail(from('10.0.0.1'), 1));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('make strangers wait wherever they come from, and say for how long', async () => {
    await fail(from('10.0.0.1'), 8);
    await expect(admit(from('10.0.0.2'))).rejects.toMatchObject({
      kind: 'tooManyFailures',
      status: 429,
      retryAfter: 4,
    });
    await test.advance({ seconds: 5 });
    await expect(admit(from('10.0.0.2'))).resolves.toBeUndefined();
  });

  it('do not keep the user out where he has logged in before, however long a stranger goes on', async () => {
    await throttle.succeeded(test.database, from('192.168.1.20'));
    for (let n = 0; n < 10; n++) await fail(from(`10.0.0.${n}`), 5);
    await expect(admit(from('10.9.9.9'))).rejects.toMatchObject({ kind: 'tooManyFailures' });
    await expect(admit(from('192.168.1.20'))).resolves.toBeUndefined();
  });

  it('make his own address wait when they come from there', async () => {
    await throttle.succeeded(test.database, from('192.168.1.20'));
    await fail(from('192.168.1.20'), 6);
    await expect(admit(from('192.168.1.20'))).rejects.toMatchObject({ kind: 'tooManyFailures' });
    await expect(admit(from('192.168.1.21'))).resolves.toBeUndefined();
  });

  it('of many users from one address make that address wait, the loopback address too', async () => {
    for (let n = 0; n < 31; n++) await fail(from('127.0.0.1', `user${n}`), 1);
    await expect(admit(from('127.0.0.1', 'somebody else'))).rejects.toMatchObject({ kind: 'tooManyFailures' });
    await expect(admit(from('127.0.0.2', 'somebody else'))).resolves.toBeUndefined();
  });

  it('are forgotten after a success, and after 15 minutes', async () => {
    await fail(from('10.0.0.1'), 5);
    await throttle.succeeded(test.database, from('10.0.0.9'));
    // The success came from an address that is now known; the count of strangers is cleared where it was his.
    expect(await fail(from('10.0.0.9'), 5)).toBe(0);
    await fail(from('10.0.0.1', 'other'), 6);
    await test.advance({ minutes: 16 });
    expect(await fail(from('10.0.0.1', 'other'), 1)).toBe(0);
    await test.advance({ minutes: 16 });
    expect(await forgetOldFailures(test.database)).toBeGreaterThan(0);
    expect(await test.database.all(sql`select 1 from login_failure`)).toEqual([]);
  });

  it('that arrive together are all counted', async () => {
    await Promise.all(
      Array.from({ length: 12 }, () => test.database.transaction((tx) => throttle.failed(tx, from('10.0.0.1')))),
    );
    const [row] = await test.database.all(
      sql<{ failures: number }>`select failures from login_failure where subject = 'user:clerk'`,
    );
    expect(row?.failures).toBe(12);
  });
});

describe('an address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64'],
    ['2001:0DB8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
