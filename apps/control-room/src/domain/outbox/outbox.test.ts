import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { SYSTEM } from '../identity/index.ts';
import { createOutbox, type NewMessage } from './index.ts';
import { PAUSES, pauseAfter } from './pauses.ts';

const LOOPBACK = { allow: ['loopback'] };

let tested: Awaited<ReturnType<typeof createTestKernel>>;

beforeEach(async () => {
  tested = await createTestKernel();
});
afterEach(() => tested.close());

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers with these statuses one after the other, then with 200. */
async function receiver(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = statuses[received.length - 1] ?? 200;
      response.writeHead(status, status === 302 ? { location: 'http://169.254.169.254/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/done?key=hidden`, received };
}

function outbox(outgoing: Parameters<typeof createOutbox>[1] = LOOPBACK) {
  const made = createOutbox(tested.kernel, outgoing);
  onTestFinished(() => made.delivery.stop());
  return made;
}

async function say(box: ReturnType<typeof outbox>, url: string, more: Partial<NewMessage> = {}): Promise<void> {
  await tested.kernel.database.transaction((tx) =>
    box.send(tx, {
      kind: 'callback',
      subject: { type: 'run', id: 'r1' },
      url,
      headers: { 'X-Key': 'abc' },
      body: { status: 'COMPLETED' },
      createdBy: 7,
      ...more,
    }),
  );
}

const first = (box: ReturnType<typeof outbox>) => box.messages.get(SYSTEM, 1);
const ended = (box: ReturnType<typeof outbox>, status: string, attempts: number) =>
  vi.waitFor(async () => expect(await first(box)).toMatchObject({ status, attempts }), { timeout: 10_000 });

describe('the outbox', () => {
  it('says it once, with the given headers and a signature that the receiver can check', async () => {
    const { url, received } = await receiver();
    const box = outbox();
    box.delivery.start();
    await say(box, url);
    await ended(box, 'DELIVERED', 1);
    expect(received).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).toEqual({ status: 'COMPLETED' });
    expect(headers).toMatchObject({ 'x-key': 'abc', 'content-type': 'application/json' });
    const secret = Buffer.from(await box.signingSecret.reveal(SYSTEM), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
    expect(headers['webhook-id']).toBe((await first(box)).eventId);
  });

  it('says nothing of a transaction that came to nothing', async () => {
    const { url, received } = await receiver();
    const box = outbox();
    box.delivery.start();
    await tested.kernel.database
      .transaction(async (tx) => {
        await box.send(tx, { kind: 'x', subject: { type: 'x', id: '' }, url, headers: {}, body: 0, createdBy: 1 });
        throw new Error('given up');
      })
      .catch(() => {});
    await say(box, url);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    const rows = await tested.kernel.database.all(sql`select 1 from outbox_message`);
    expect(rows).toHaveLength(1);
  });

  it('says it again after growing pauses, under the same id, until the receiver takes it', async () => {
    const { url, received } = await receiver(500, 404);
    const box = outbox();
    box.delivery.start();
    await say(box, url);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await tested.database.advance({ minutes: 1 });
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 10_000 });
    await tested.database.advance({ minutes: 1 });
    await ended(box, 'DELIVERED', 3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await first(box)).log.map(({ httpStatus, problem }) => [httpStatus, problem])).toEqual([
      [500, 'The receiver answered 500.'],
      [404, 'The receiver answered 404.'],
      [200, ''],
    ]);
  });

  it('gives up after a day of trying, and says it again when asked to', async () => {
    const { url, received } = await receiver(...PAUSES.map(() => 500), 500);
    const box = outbox();
    await say(box, url);
    await tested.kernel.database.all(sql`update outbox_message set attempts = ${PAUSES.length}`);
    box.delivery.start();
    await ended(box, 'GIVEN_UP', PAUSES.length + 1);
    received.push(...PAUSES.map(() => ({ headers: {}, body: '' })));
    expect(await box.messages.replay(SYSTEM, { fromId: 1 })).toBe(1);
    await ended(box, 'DELIVERED', 1);
  });

  it('waits longer after each failure, about a day in all', () => {
    const all = PAUSES.map((_, i) => pauseAfter(i + 1, 0.5) ?? 0);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(all.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(23 * 3_600);
    expect(pauseAfter(PAUSES.length + 1, 0.5)).toBeUndefined();
  });

  it('is taken over when the server that was at it is gone', async () => {
    const { url, received } = await receiver();
    const gone = outbox();
    await say(gone, url);
    // What a killed server leaves: taken, and nothing came of it.
    await tested.kernel.database.all(
      sql`update outbox_message set attempts = 1, next_attempt_on = present() + interval '60 seconds'`,
    );
    const next = outbox();
    next.delivery.start();
    await tested.database.advance({ seconds: 59 });
    expect(received).toHaveLength(0);
    await tested.database.advance({ seconds: 2 });
    await ended(next, 'DELIVERED', 2);
  });

  it('is delivered by one of two servers', async () => {
    const { url, received } = await receiver();
    const [one, two] = [outbox(), outbox()];
    one.delivery.start();
    two.delivery.start();
    for (let i = 0; i < 50; i++) await say(one, url);
    await vi.waitFor(async () => {
      const open = await tested.kernel.database.all(sql`select 1 from outbox_message where status <> 'DELIVERED'`);
      expect(open).toEqual([]);
    });
    expect(received).toHaveLength(50);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(50);
  });

  it('counts a stream without holes, whichever of two servers comes first and however many give up writing', async () => {
    const { url, received } = await receiver();
    const [one, two] = [outbox(), outbox()];
    one.delivery.start();
    two.delivery.start();
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        tested.kernel.database
          .transaction(async (tx) => {
            const message = { kind: 'x', subject: { type: 'x', id: 's' }, url, headers: {}, createdBy: 1 };
            await one.send(tx, { ...message, body: { i }, stream: i % 2 === 0 ? 'even' : 'odd' });
            if (i % 3 === 0) throw new Error('given up');
          })
          .catch(() => {}),
      ),
    );
    await vi.waitFor(() => expect(received).toHaveLength(40), { timeout: 10_000 });
    const said = received.map(({ headers, body }) => ({
      ...JSON.parse(body),
      header: headers['x-signalbox-sequence'],
    }));
    for (const rest of [0, 1]) {
      const numbers = said.filter(({ i }) => i % 2 === rest).map(({ sequence }) => sequence);
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    }
    expect(said.every(({ sequence, header }) => header === String(sequence))).toBe(true);
  });

  it('sends the body and the id that it was given, and signs over them as the receiver checks', async () => {
    const { url, received } = await receiver();
    const box = outbox();
    box.delivery.start();
    const eventId = '01990000-0000-7000-8000-000000000001';
    await say(box, url, { text: '{ "a":1 }', eventId, secret: 's3cr3t', signature: 'body' });
    await ended(box, 'DELIVERED', 1);
    expect(received[0]?.body).toBe('{ "a":1 }');
    expect((await first(box)).eventId).toBe(eventId);
    const expected = createHmac('sha256', 's3cr3t').update('{ "a":1 }').digest('hex');
    expect(received[0]?.headers['x-rc-signature']).toBe(expected);
  });

  it('signs each attempt with its own time for a provisioner, and takes 400 for an answer', async () => {
    const { url, received } = await receiver(500, 400);
    const box = outbox();
    box.delivery.start();
    await say(box, url, { secret: 's', signature: 'on-demand' });
    await ended(box, 'GIVEN_UP', 2);
    const [one, two] = received.map(({ headers }) => headers);
    expect(one).toMatchObject({ 'x-rc-signed-headers': 'content-type;host', 'x-rc-timestamp': expect.any(String) });
    expect(Number(two?.['x-rc-timestamp'])).toBeGreaterThan(Number(one?.['x-rc-timestamp']) - 1);
    expect(one).not.toHaveProperty('webhook-id');
  });

  it('lets nobody wait for a receiver that takes his time, however much he is to be told', async () => {
    let asked = 0;
    // Answers nothing at all.
    const silent = createServer(() => {
      asked++;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.close();
      silent.closeAllConnections();
    });
    const { url, received } = await receiver();
    const box = outbox();
    for (let i = 0; i < 300; i++) await say(box, `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    await say(box, url);
    box.delivery.start();
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });
    expect(asked).toBeLessThanOrEqual(16);
  });

  it('calls nobody whom the rules for outgoing calls close, and follows no redirect', async () => {
    const closed = await receiver();
    const strict = outbox({ allow: ['public'] });
    strict.delivery.start();
    await say(strict, closed.url);
    await vi.waitFor(async () => expect((await first(strict)).log[0]?.problem).toMatch(/loopback/), {
      timeout: 10_000,
    });
    expect(closed.received).toHaveLength(0);
    await strict.delivery.stop();

    const elsewhere = await receiver(302);
    const box = outbox();
    await say(box, elsewhere.url, { subject: { type: 'run', id: 'r2' } });
    box.delivery.start();
    await vi.waitFor(async () => {
      expect((await box.messages.get(SYSTEM, 2)).log[0]?.problem).toBe('The receiver answered 302.');
    });
  });

  it('keeps address, headers and secrets sealed, and shows only the origin', async () => {
    const { url } = await receiver();
    const box = outbox();
    await say(box, url, { secret: Buffer.from('top-secret').toString('base64') });
    const [row] = await tested.kernel.database.all(sql<object>`select * from outbox_message`);
    const text = JSON.stringify([row, await first(box)]);
    expect(text).not.toMatch(/hidden|abc|top-secret|dG9wLXNlY3JldA/);
    expect(text).toContain(new URL(url).origin);
  });

  it('refuses an address that is none, without repeating it', async () => {
    const failure = say(outbox(), 'ftp://user:pass@example.test');
    await expect(failure).rejects.toThrow(/no web address/);
    await expect(failure).rejects.not.toThrow(/pass@/);
  });
});
