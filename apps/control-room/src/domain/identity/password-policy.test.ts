import { describe, expect, it } from 'vitest';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { requireGoodPassword } from './password-policy.ts';

const safe =
  (password: string, username = 'clerk') =>
  () =>
    requireGoodPassword('safe', password, username);
const compatible = (password: string) => () => requireGoodPassword('compatible', password, 'clerk');

describe('the safe policy', () => {
  it.each(['correct-horse-battery', 'vier Worte und mehr', 'ünïcödé-ist-erlaubt', 'x7$Kq!9pLm2@', 'two words, yes'])(
    'takes %s',
    (password) => {
      expect(safe(password)).not.toThrow();
    },
  );

  it.each([
    ['fewer than 12 characters', 'x7$Kq!9pLm2'],
    ['more than 256 characters', 'abcdefgh'.repeat(33)],
    ['a common word with digits behind it', 'password1234'],
    ['a common word with signs around it', '!!!Administrator2026'],
    ['figures for letters', 'P@ssw0rd!!!!'],
    ['a word said twice', 'passwordpassword'],
    ['a row of keys', 'qwertyuiop123'],
    ['digits in order', '123456789012'],
    ['digits in reverse', '987654321098'],
    ['one character again and again', 'aaaaaaaaaaaaaaa'],
    ['the user name in it', 'my-Clerk-is-secret'],
  ])('refuses %s, without repeating it', (_what, password) => {
    expect(safe(password)).toThrow(/cannot be used/);
    expect(safe(password)).not.toThrow(password);
  });

  it('has some two hundred common words to hold against', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(190);
  });
});

describe('the compatible policy', () => {
  it('takes what the vendor takes, `password` included (contract a §3.2)', () => {
    for (const password of ['password', 'Abcd_1234', 'a@-_!#$%&.', '123456789012345']) {
      expect(compatible(password)).not.toThrow();
    }
  });

  it('refuses 7 and 16 characters, and other signs', () => {
    for (const password of ['1234567', '1234567890123456', 'with space', 'käse-und-brot', 'a+b=cdefg']) {
      expect(compatible(password)).toThrow(/8 to 15/);
    }
  });
});
