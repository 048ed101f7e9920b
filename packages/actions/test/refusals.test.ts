import { BotError, BotSession, type BotValue, checkBot, createRegistry, OpenSessions } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { standardPackages } from '../src/index.ts';
import { act, table, testHost } from './support.ts';

const problemsOf = (packageName: string, commandName: string, attributes: object[] = []) =>
  checkBot(JSON.stringify({ nodes: [{ uid: '1', packageName, commandName, attributes }], variables: [] }), {
    registry: createRegistry(standardPackages),
    path: 'Bots/One',
  });
const text = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });

describe('what can never run here is told when the bot is loaded', () => {
  it.each([
    ['Excel_MS', 'RunMacro', /^Excel_MS.RunMacro: It needs desktop Excel/],
    ['Prompt', 'ForYesOrNo', /nobody to ask/],
    ['System', 'lock', /may not lock/],
    ['System', 'logoff', /may not log off/],
    ['System', 'restart', /may not restart/],
    ['System', 'shutdown', /may not shut down/],
    ['File', 'openFile', /needs a desktop/],
  ])('%s.%s', async (packageName, commandName, message) => {
    expect(await problemsOf(packageName, commandName)).toMatchObject([
      { line: 1, code: 'refused-command', severity: 'error', message: expect.stringMatching(message) },
    ]);
  });

  it('a mailbox of Exchange Web Services, but not one of an email server', async () => {
    const host = text('serverHost', 'mail.example');
    expect(await problemsOf('Email', 'emailConnect', [text('serverType', 'EWS'), host])).toMatchObject([
      { code: 'refused-command', message: expect.stringContaining('EWS') },
    ]);
    expect(await problemsOf('Email', 'emailConnect', [text('serverType', 'EMAIL_SERVER'), host])).toEqual([]);
  });
});

describe('a session', () => {
  it('may be opened under its name twice when it is the same, and not when it is another', () => {
    const sessions = new OpenSessions();
    const [one, other] = [new BotSession('Json', 1), new BotSession('Json', 2)];
    sessions.open('Json', 'Default', one);
    sessions.open('Json', 'default', one);
    expect(() => sessions.open('Json', 'Default', other)).toThrow(/already open/);
  });
});

describe('a value that would grow beyond the limits is refused before it is made', () => {
  const small = { ...testHost(), limits: { textLength: 10, itemCount: 3 } };
  const rows = (count: number): BotValue[][] => Array.from({ length: count }, () => ['x']);
  it.each<[string, Parameters<typeof act>[1]]>([
    ['String.replace', { sourceString: 'aaaa', find: 'a', replaceWith: 'bbb' }],
    ['String.replace', { sourceString: 'aaaa', find: '[a]', replaceWith: 'bbb', isRegularExpression: true }],
    ['List.joinList', { sourceList: ['aaaa', 'bbbb'], delimiter: ' - ' }],
    ['DataTable.merge', { firstTable: table(['a'], ...rows(2)), secondTable: table(['a'], ...rows(2)) }],
    [
      'DataTable.join',
      {
        firstTable: table(['a'], ...rows(2)),
        secondTable: table(['a'], ...rows(2)),
        firstColumnName: 'a',
        secondColumnName: 'a',
      },
    ],
  ])('%s', (action, input) => {
    expect(() => act(action, input, small)).toThrow(BotError);
    expect(() => act(action, input)).not.toThrow();
  });
});
