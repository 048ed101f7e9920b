import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, REDACTED, redactJson } from '../src/redaction.ts';

const SECRET = 'p"a$s\\w/o+r?d é€😀 <&>\'';

describe('A redactor', () => {
  const redact = createRedactor([SECRET]);
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ password: SECRET })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ password: SECRET }))],
    [
      'in JSON of ASCII',
      JSON.stringify(SECRET).replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ],
    ['in JSON with escaped slashes', JSON.stringify(SECRET).replaceAll('/', '\\/')],
    ['in a URL', `https://x.example/?p=${encodeURIComponent(SECRET)}&q=1`],
    ['in a form', new URLSearchParams({ p: SECRET, q: '1' }).toString()],
    ['in a URL with small digits', encodeURIComponent(SECRET).replace(/%[\dA-F]{2}/g, (hex) => hex.toLowerCase())],
    ['in base64', base64(SECRET)],
    ['in base64 without padding', base64(SECRET).replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
    ['in XML', '<p>p&quot;a$s\\w/o+r?d é€😀 &lt;&amp;&gt;&apos;</p>'],
    ['broken over lines', `${SECRET.slice(0, 5)}\r\n${SECRET.slice(5, 9)}\n${SECRET.slice(9)}`],
    ['in base64 broken over lines', base64(SECRET).replace(/.{10}/g, '$&\n')],
  ])('takes a secret out %s', (_where, text) => {
    const result = redact(`before ${text} after`);
    expect(result).toMatch(/^before .*••••.* after$/s);
    for (const piece of [SECRET, base64(SECRET).slice(0, 12), 'o+r?d', 'r%3Fd', 'r%3fd'])
      expect(result).not.toContain(piece);
  });

  it.each(['u', 'us', 'use', 'user', 'user5'])('takes it out of the header of Basic authentication of %s', (user) => {
    const header = `Basic ${base64(`${user}:${SECRET}`)}`;
    const decoded = Buffer.from(redact(header).replace(/[^A-Za-z0-9+/=]/g, ''), 'base64').toString();
    expect(redact(header)).toContain(REDACTED);
    expect(decoded).not.toContain('a$s');
  });

  it('reads no pattern into a secret', () => {
    expect(createRedactor(['a.*b', '$&$1', '(((('])('aXXb a.*b $&$1 (((( $')).toBe(
      `aXXb ${REDACTED} ${REDACTED} ${REDACTED} $`,
    );
  });

  it('leaves nothing of secrets that overlap, or that one holds in another', () => {
    expect(createRedactor(['abcdef', 'defghi'])('<abcdefghi>')).toBe(`<${REDACTED}>`);
    expect(createRedactor(['secret', 'secret-and-more'])('secret-and-more secret')).toBe(`${REDACTED} ${REDACTED}`);
    expect(createRedactor(['aaaa'])('aaaaaa')).toBe(REDACTED);
  });

  it('knows the lines of a key file by themselves', () => {
    const key =
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----\n';
    expect(createRedactor([key])('1: EFAASCBKcwggSjAgEAAoIBAQ')).toBe(`1: ${REDACTED}`);
  });

  it('leaves short secrets in, and says how many', () => {
    const short = createRedactor(['a', '', 'abc', 'long enough']);
    expect(short('a abc long enough')).toBe(`a abc ${REDACTED}`);
    expect(short.leftOut).toBe(3);
  });

  it('leaves a text without secrets as it is, line breaks and all', () => {
    const text = 'one\r\ntwo\n\nthree';
    expect(redact(text)).toBe(text);
    expect(createRedactor([])(text)).toBe(text);
  });

  it('never lets a secret through, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 4, maxLength: 12, unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
        fc.string(),
        fc.string(),
        (secrets, before, after) => {
          const some = secrets.filter((secret) => !secret.includes('•'));
          const result = createRedactor(some)(before + some.join(after) + after);
          // Around the signs that stand instead, no secret is left.
          for (const stretch of result.split(REDACTED))
            for (const secret of some) expect(stretch).not.toContain(secret);
        },
      ),
    );
  });
});

describe('redacting JSON', () => {
  it('goes through every text, names of members included, and keeps what is none', () => {
    const redact = createRedactor(['hunter2']);
    const json = { hunter2: ['x hunter2 y', 7, null, true, { deep: 'hunter2' }] };
    expect(redactJson(redact, json)).toEqual({ [REDACTED]: [`x ${REDACTED} y`, 7, null, true, { deep: REDACTED }] });
  });

  it('takes no border of a text with it, whatever the secret ends in', () => {
    const redact = createRedactor(['hunter2"']);
    expect(redactJson(redact, { said: 'hunter2', whole: 'hunter2"' })).toEqual({ said: 'hunter2', whole: REDACTED });
  });
});
