import { randomInt } from 'node:crypto';
import { action, attribute, BotError } from '@signalbox/taskbot';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LONGEST = 100_000;

/** From the cryptographic source: bots make passwords with it. */
export const randomString = action({
  package: 'String',
  name: 'randomString',
  summary: 'Makes a text of random letters and digits.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: { randomStringLength: attribute.number({ fallback: 1, alias: ['length', 'stringLength'] }) },
  returns: 'STRING',
  run: (input) => {
    const length = input.randomStringLength;
    if (!Number.isInteger(length) || length < 0 || length > LONGEST) {
      throw new BotError(`Expected a length from 0 to ${LONGEST}, but got ${length}.`);
    }
    return Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
  },
});
