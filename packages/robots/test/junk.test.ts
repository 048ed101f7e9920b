import fc from 'fast-check';
import { expect, it } from 'vitest';
import { zipOf } from '../../importers/test-support/zip.ts';
import { RobologReader, RobotRefusal, readCondaYaml, readRobotPackage, readRobotYaml } from '../src/index.ts';

/** Whatever comes, it is a robot or refused in words. */
const orRefused = async (read: () => unknown): Promise<void> => {
  try {
    await read();
  } catch (cause) {
    expect(cause).toBeInstanceOf(RobotRefusal);
  }
};

const word = fc.constantFrom(
  'tasks',
  'Main',
  'shell',
  'command',
  'robotTaskName',
  'artifactsDir',
  'PATH',
  'dependencies',
  'pip',
  '__proto__',
  '<<',
  '- ',
  ': ',
  '\n  ',
  '\n',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a ',
  '!!map ',
  '? ',
  '| ',
  '~',
  '#',
  '\t',
  '1.0',
  '\u0000',
  '\ud800',
);

it('a YAML file of any words is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 40 }), async (words) => {
      await orRefused(() => readRobotYaml(words.join('')));
      await orRefused(() => readCondaYaml(words.join(''), 'conda.yaml'));
    }),
    { numRuns: 2_000 },
  );
});

it('a YAML file that is nested without end is refused', async () => {
  for (const open of ['[', '{a: ', '- ', '? ']) await orRefused(() => readRobotYaml(open.repeat(200_000)));
  expect(() => readRobotYaml(`tasks: ${'['.repeat(200_000)}`)).toThrow(RobotRefusal);
});

it('a robot.zip in which bytes were changed is read or refused', async () => {
  const whole = Buffer.from(
    await zipOf([
      ['robot.yaml', 'tasks: {Main: {shell: a}}'],
      ['lib/a.py', 'print()'],
      ['ü', ''],
    ]),
  );
  const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(whole.length),
      async (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await orRefused(() => readRobotPackage(bytes));
        await orRefused(() => readRobotPackage(bytes.subarray(0, length)));
      },
    ),
    { numRuns: 1_000 },
  );
});

it('a robolog of any words is read', () => {
  const part = fc.constantFrom(
    'ST',
    'ET',
    'M',
    'P',
    'T',
    'L',
    'LH',
    'C',
    'STB',
    'TBE',
    ' ',
    '|',
    ':',
    '"',
    'a',
    '1e999',
    '-1',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 10 }), { maxLength: 20 }), (lines) => {
      const reader = new RobologReader();
      for (const line of lines) reader.read(line.join(''))?.at.toISOString();
    }),
  );
});
