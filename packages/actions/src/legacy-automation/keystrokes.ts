import { action, attribute, BotCredential, packageFunction } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** A key in brackets, such as `[ENTER]` or `[CTRL DOWN]`, or one character. */
const KEY = /\[[A-Za-z][A-Za-z0-9 ]*\]|[\s\S]/gu;

const common = { package: 'LegacyAutomation', runsOn: 'anywhere', since: '0.1.0' } as const;

/** Both generations write keys in brackets; A360 wants their names in capitals [inferred]. */
export const parseLegacyKeys = packageFunction({
  ...common,
  name: 'parseLegacyKeys',
  summary: 'The keystrokes with the names of keys in capitals.',
  returns: 'STRING',
  apply: (subject) =>
    asText(subject).replaceAll(KEY, (key) => (key.length > 2 && key.startsWith('[') ? key.toUpperCase() : key)),
});

/** A bracketed key counts as one stroke [inferred]. */
export const getKeystrokeCount = packageFunction({
  ...common,
  name: 'getKeystrokeCount',
  summary: 'How many keys are struck.',
  returns: 'NUMBER',
  apply: (subject) => countKeys(asText(subject)),
});

/** Enterprise 11 stated the time for the whole text, A360 states it per key [inferred]: milliseconds, at least 0. */
export const getKeystrokesDelay = action({
  ...common,
  name: 'getKeystrokesDelay',
  summary: 'Spreads a delay over the keys of a text.',
  attributes: { keystrokes: attribute.credential(), delay: attribute.number({ fallback: 0 }) },
  returns: 'NUMBER',
  run: (input) => {
    const keys = input.keystrokes instanceof BotCredential ? input.keystrokes.reveal() : (input.keystrokes ?? '');
    return Math.max(0, Math.round(input.delay / Math.max(1, countKeys(keys))));
  },
});

const countKeys = (text: string): number => text.match(KEY)?.length ?? 0;
