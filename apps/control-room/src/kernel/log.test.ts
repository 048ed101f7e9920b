import { describe, expect, it } from 'vitest';
import { createLogger, isSecretKey, type Logger, redactLine } from './log.ts';

const SECRET = 'hunter2-very-secret';

function written(write: (log: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger('trace', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

describe('the log', () => {
  it('writes one JSON object a line, with the level as a word and the time as ISO 8601', () => {
    const line = written((log) => log.info({ queue: 'invoices' }, 'claimed'));
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ level: 'info', queue: 'invoices', msg: 'claimed' });
    expect(JSON.parse(line).time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('leaves out lines below its level', () => {
    const lines: string[] = [];
    createLogger('warn', { write: (line) => void lines.push(line) }).info('quiet');
    expect(lines).toEqual([]);
  });

  const withSecret = Object.assign(new Error('log-in failed'), {
    config: { headers: { Authorization: SECRET, 'X-Authorization': SECRET }, data: [{ apiKey: SECRET }] },
  });
  const hidden: [string, (log: Logger) => void][] = [
    ['at the top', (log) => log.info({ password: SECRET })],
    ['deep inside', (log) => log.info({ a: { b: [{ c: { client_secret: SECRET } }] } })],
    ['in a header', (log) => log.info({ req: { headers: { 'x-authorization': SECRET, cookie: SECRET } } })],
    ['in upper case', (log) => log.info({ SIGNALBOX_ADMIN_PASSWORD: SECRET, PGPASSWORD: SECRET })],
    ['as an object', (log) => log.info({ credentials: { user: 'u', value: SECRET } })],
    ['as a list', (log) => log.info({ tokens: [SECRET] })],
    ['in a child', (log) => log.child({ token: SECRET }).info('hello')],
    [
      'in a grandchild',
      (log) =>
        log
          .child({ a: 1 })
          .child({ session: { accessToken: SECRET } })
          .info('hello'),
    ],
    ['in an error', (log) => log.error(withSecret)],
    ['in an error under err', (log) => log.error({ err: withSecret }, 'failed')],
    ['in the cause of an error', (log) => log.error({ err: new Error('outer', { cause: withSecret }) })],
    ['behind a toJSON', (log) => log.info({ it: { toJSON: () => ({ rootKey: SECRET }) } })],
    ['in a formatted object', (log) => log.info('got %j', { password: SECRET })],
    ['in a connection string', (log) => log.info(`connecting to postgres://signalbox:${SECRET}@db.example/x`)],
    ['in a password with an at sign', (log) => log.info(`connecting to postgres://u:a@${SECRET}@db.example/x`)],
    ['in a libpq string', (log) => log.info(`host=db password=${SECRET} user=x`)],
    ['in a quoted header', (log) => log.info(`sent Authorization: Bearer ${SECRET}`)],
    ['in a token in the text', (log) => log.info('got eyJhbGciOiJIUzI1NiJ9.hunter2-very-secret.c2ln')],
    ['in a stack', (log) => log.error(new Error(`cannot reach https://u:${SECRET}@host/`))],
  ];
  it.each(hidden)('hides a secret %s', (_, write) => {
    const lines = written(write);
    expect(lines).not.toContain(SECRET);
    expect(lines).toContain('[redacted]');
    for (const line of lines.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('keeps what only speaks about a secret', () => {
    const about = { tokenId: 't1', passwordPolicy: 'safe', credentialName: 'sap', hasPassword: false, token: null };
    expect(JSON.parse(written((log) => log.info(about)))).toMatchObject(about);
  });

  it('survives a circle', () => {
    const circle: Record<string, unknown> = { password: SECRET };
    circle.self = circle;
    expect(written((log) => log.info(circle))).not.toContain(SECRET);
  });

  it('cleans a line that is no JSON as text', () => {
    expect(redactLine(`half a line, token=${SECRET}`)).not.toContain(SECRET);
  });

  it.each([
    ['apiKey', true],
    ['api_key', true],
    ['apikey', true],
    ['key', true],
    ['refreshToken', true],
    ['Set-Cookie', true],
    ['monkey', false],
    ['author', false],
    ['publicKey', false],
    ['idempotencyKey', false],
    ['tokenCount', false],
  ])('takes the key %s for secret: %s', (key, secret) => {
    expect(isSecretKey(key)).toBe(secret);
  });
});
