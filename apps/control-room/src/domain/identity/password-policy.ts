import { error } from '../../kernel/errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

export type PasswordPolicy = 'safe' | 'compatible';

/** The vendor's own rule (contract a §3.2). It allows `password`, which one of its clients gives to every new user. */
const COMPATIBLE = /^[A-Za-z0-9@\-_!#$%&.]{8,15}$/;
const SHORTEST = 12;
const LONGEST = 256;
/** `aaaaaaaaaaaa`, `121212121212` and the like. */
const FEWEST_CHARACTERS = 5;

/**
 * Length and nothing that an attacker tries first; no rules about kinds of characters, which only make passwords
 * predictable (NIST SP 800-63B §3.1.1).
 *
 * @throws invalid, with what is asked for and never with the password
 */
export function requireGoodPassword(policy: PasswordPolicy, password: string, username: string): void {
  const fault = policy === 'safe' ? faultOf(password, username) : compatibleFaultOf(password);
  if (fault !== undefined) throw error('invalid', `This password cannot be used: ${fault}.`);
}

function compatibleFaultOf(password: string): string | undefined {
  return COMPATIBLE.test(password)
    ? undefined
    : 'it must have 8 to 15 letters, digits and characters of @ - _ ! # $ % & .';
}

function faultOf(password: string, username: string): string | undefined {
  const length = [...password].length;
  if (length < SHORTEST) return `it must have at least ${SHORTEST} characters`;
  if (length > LONGEST) return `it must have at most ${LONGEST} characters`;
  const lower = password.toLowerCase();
  // A name of one or two letters stands in every other word; that says nothing about the password.
  if (username.length >= 3 && lower.includes(username.toLowerCase())) return 'it contains the user name';
  if (new Set(lower).size < FEWEST_CHARACTERS) return 'it repeats too few characters';
  if (isCommon(lower)) return 'it is one of those that are tried first';
  return undefined;
}

const LEET: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** A common word, plain or with figures for letters, with whatever digits and signs stand around it, also said twice. */
function isCommon(lower: string): boolean {
  const bare = lower.replace(/^[^a-z]+|[^a-z]+$/g, '');
  // Only digits and signs: 123456789012 and its kin.
  if (bare === '') return /^\d+$/.test(lower) && isSequence(lower);
  const candidates = [bare, unleet(lower).replace(/^[^a-z]+|[^a-z]+$/g, ''), unleet(lower.replace(/[\d\W_]+$/, ''))];
  return candidates.some((text) => COMMON_PASSWORDS.has(onceOnly(text.replace(/[^a-z]/g, ''))));
}

function unleet(text: string): string {
  return [...text].map((character) => LEET[character] ?? character).join('');
}

/** `passwordpassword` → `password` */
function onceOnly(text: string): string {
  return /^(.+?)\1+$/.exec(text)?.[1] ?? text;
}

/** Each digit follows the one before, up or down, with 0 after 9. */
function isSequence(digits: string): boolean {
  const steps = new Set([...digits].slice(1).map((digit, i) => (10 + Number(digit) - Number(digits[i])) % 10));
  return steps.size === 1;
}
