import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, checkBot, compileBot, createRegistry, readBot } from '@signalbox/taskbot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoingRules, standardPackages } from '../src/index.ts';
import { hasBrowser, site } from './browser-site.ts';
import type { TestServer } from './network-support.ts';
import { testHost } from './support.ts';

const skipped = hasBrowser() ? '' : ' (skipped: no Chrome, Edge or Chromium on this machine)';
let server: TestServer;
beforeAll(async () => {
  server = await site();
});
afterAll(() => server.close());

const registry = createRegistry(standardPackages);
const text = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
const number = (name: string, value: number) => ({ name, value: { type: 'NUMBER', number: String(value) } });
const criterion = (string: string) => ({ enabled: true, value: { type: 'STRING', string } });
const control = (controlType: string, domXPath: string, more: object = {}, technologyType = 'HTML') => ({
  name: 'uiObject',
  value: {
    type: 'UIOBJECT',
    uiObject: { controlType, technologyType, criteria: { DOMXPath: criterion(domXPath), ...more } },
    uiObjectWindow: { type: 'WINDOW', expression: '$page$' },
  },
});
const node = (packageName: string, commandName: string, attributes: object[], into?: string) => ({
  uid: commandName,
  packageName,
  commandName,
  attributes,
  ...(into === undefined ? {} : { returnTo: { type: 'VARIABLE', variableName: into } }),
});
const capture = (uiObject: object, attributes: object[], into?: string) =>
  node('Recorder', 'capture', [uiObject, number('wait', 3), ...attributes], into);
const open = (path: string) => node('Browser', 'openbrowser', [text('url', server.url + path)]);
const variable = (name: string, type = 'STRING', more: object = {}) => ({
  name,
  type,
  input: true,
  output: true,
  ...more,
});

/** A whole bot through the interpreter: captures are shaped by documents, not by us. */
const run = async (nodes: object[], names: string[] = []) => {
  const variables = [
    variable('page', 'WINDOW', {
      defaultValue: { type: 'WINDOW', window: { name: 'Orders - Google Chrome', browserTabUrl: '' } },
    }),
    variable('user', 'STRING', { defaultValue: { type: 'STRING', string: 'user' } }),
    ...names.map((name) => variable(name)),
  ];
  const { bot, problems } = await compileBot(readBot(JSON.stringify({ nodes, variables })), {
    registry,
    path: 'Bots/Web',
  });
  expect(problems).toEqual([]);
  const { sessions: _sessions, signal: _signal, store: _store, ...house } = testHost();
  const host = {
    ...house,
    outgoing: createOutgoingRules({ allow: ['loopback'] }),
    credential: () => new BotCredential(() => 'hunter2'),
  };
  const result = await bot?.run({ host });
  return {
    folder: house.folder,
    lines: house.lines,
    error: result?.error,
    value: (name: string) => result?.outputs.get(name),
  };
};

describe.skipIf(skipped !== '')(`Recorder${skipped}`, () => {
  it('fills a form and reads what came of it', async () => {
    const { value, error, lines } = await run(
      [
        open('/'),
        capture(
          control('TEXTBOX', "//input[@type='text']", {
            'HTML ID': { enabled: true, value: { type: 'STRING', expression: '$user$' } },
          }),
          [text('textboxAction', 'SETTEXT'), text('value', 'grace')],
        ),
        capture(control('PASSWORD_TEXT', '//*[@id="secret"]'), [
          text('passwordtextAction', 'SETTEXT'),
          text('typeOfInput', 'CREDENTIAL'),
          {
            name: 'valueCV',
            value: { type: 'CREDENTIAL', credential: { name: 'site', lockerName: 'web', attributeName: 'password' } },
          },
        ]),
        capture(control('CHECKBOX', '//*[@id="keep"]'), [text('checkboxAction', 'CHECK')]),
        capture(control('CHECKBOX', '//*[@id="keep"]'), [text('checkboxAction', 'GETSTATUS')], 'kept'),
        capture(control('RADIO', '//input[@name="size"]', { 'HTML Value': criterion('l') }), [
          text('radioAction', 'SELECT'),
        ]),
        capture(control('COMBOBOX', '//select'), [
          text('comboboxAction', 'SELECTITEMBYTEXT'),
          text('value', 'porto alegre'),
        ]),
        capture(control('COMBOBOX', '//select'), [text('comboboxAction', 'GETSELECTEDTEXT')], 'city'),
        capture(control('COMBOBOX', '//select'), [text('comboboxAction', 'GETTOTALITEMS')], 'cities'),
        capture(control('BUTTON', '//button', { 'HTML ID': criterion('send') }), [text('buttonAction', 'CLICK')]),
        capture(control('LABEL', '//p'), [text('labelAction', 'GETPROPERTY'), text('value', 'HTML InnerText')], 'sent'),
        capture(control('LINK', '//a'), [text('linkAction', 'GETPROPERTY'), text('value', 'HTML Href')], 'link'),
        capture(
          control('BUTTON', '//button[@class="twin"]', { 'HTML Name': criterion('right') }),
          [text('buttonAction', 'GETPROPERTY'), text('property', 'HTML InnerText')],
          'twin',
        ),
        capture(control('CLIENT', '//*[@id="late"]'), [text('clientAction', 'GETPROPERTY'), text('value', '')], 'late'),
      ],
      ['kept', 'city', 'cities', 'sent', 'link', 'twin', 'late'],
    );
    expect(error).toBeUndefined();
    expect(['kept', 'city', 'cities', 'sent', 'link', 'twin', 'late'].map(value)).toEqual([
      'true',
      'Porto Alegre',
      '2',
      'grace/7',
      '/second',
      'two',
      'late',
    ]);
    expect(lines.join()).not.toContain('hunter2');
  });

  it('reads tables, presses in frames, and answers boxes', async () => {
    const table = control('TABLE', '//table');
    const { value, error, folder, lines } = await run(
      [
        open('/'),
        capture(table, [text('tableAction', 'EXTRACTTOCSV'), text('value', 'rows.csv')]),
        capture(table, [text('tableAction', 'GETTOTALROWS')], 'rows'),
        capture(table, [text('tableAction', 'GETCELLBYINDEX'), text('row', '2'), text('column', '2')], 'cell'),
        capture(table, [text('tableAction', 'GETCELLBYTEXT'), text('value', 'ada')], 'place'),
        capture(control('BUTTON', '//button[@id="ask"]'), [text('buttonAction', 'LEFTCLICK')]),
        capture(control('LABEL', '//p'), [text('labelAction', 'GETPROPERTY'), text('value', 'HTML InnerText')], 'sent'),
        node('Browser', 'close', [text('whatToClose', 'Window')]),
        open('/frames'),
        capture(control('BUTTON', '/html/body/button', { 'HTML FrameSrc': criterion('/inner') }), [
          text('buttonAction', 'CLICK'),
        ]),
        capture(
          control('BUTTON', '/html/body/button'),
          [text('buttonAction', 'GETPROPERTY'), text('value', 'HTML InnerText')],
          'deep',
        ),
      ],
      ['rows', 'cell', 'place', 'sent', 'deep'],
    );
    expect(error).toBeUndefined();
    expect(readFileSync(join(folder, 'rows.csv'), 'utf8').replace(/^\ufeff/, '')).toBe(
      'Name,Sum\r\nAda,"1,5"\r\n"Bob ""B""",2\r\n',
    );
    expect(['rows', 'cell', 'place', 'sent', 'deep'].map(value)).toEqual(['3', '1,5', '2,1', 'true', 'pressed']);
    expect(lines).toContain('info The page showed a box, answered with OK: "Sure?"');
  });

  it('asks whether a control is there, also where no page is', async () => {
    const when = (conditionalName: string, xpath: string, into: string) => ({
      uid: into,
      packageName: 'If',
      commandName: 'if',
      attributes: [
        {
          name: 'condition',
          value: { type: 'CONDITIONAL', packageName: 'Recorder', conditionalName },
          attributes: [control('CLIENT', xpath), number('wait', 0)],
        },
      ],
      children: [node('String', 'assign', [text('sourceString', 'yes')], into)],
    });
    const { value, error } = await run(
      [
        when('capture', '//body', 'early'),
        when('captureObjectNotExist', '//body', 'none'),
        open('/second'),
        when('capture', '//h1', 'there'),
        when('captureObjectNotExist', '//h1', 'gone'),
        when('captureObjectNotExist', '//h2', 'never'),
      ],
      ['early', 'none', 'there', 'gone', 'never'],
    );
    expect(error).toBeUndefined();
    expect(['early', 'none', 'there', 'gone', 'never'].map(value)).toEqual(['', 'yes', 'yes', '', 'yes']);
  });

  it('says which control a page does not have', async () => {
    const { error } = await run([
      open('/second'),
      node('Recorder', 'capture', [control('BUTTON', '//button'), text('buttonAction', 'CLICK'), number('wait', 0)]),
    ]);
    expect(error).toMatchObject({ line: 2, message: expect.stringContaining('no control "//button"') });
  });
});

describe('a captured control, when the bot is loaded', () => {
  const problems = (attributes: object[]) =>
    checkBot(
      JSON.stringify({ nodes: [node('Recorder', 'capture', attributes)], variables: [variable('page', 'WINDOW')] }),
      {
        registry,
        path: 'Bots/One',
      },
    );

  it('without an enabled DOMXPath needs a Windows desktop', async () => {
    const desktop = control('BUTTON', '', { Path: criterion('1|4'), Name: criterion('OK') }, 'MS_ACTIVE_ACCESSIBILITY');
    expect(await problems([desktop, text('buttonAction', 'CLICK')])).toMatchObject([
      { line: 1, code: 'needs-desktop', message: expect.stringMatching(/MS_ACTIVE_ACCESSIBILITY.*Windows desktop/) },
    ]);
  });

  it('with an attribute of a type that is none is told so, and nothing breaks', async () => {
    const action = { name: 'buttonAction', value: { type: 'WINDOW', window: { name: 'x' } } };
    const found = await problems([control('BUTTON', '//a'), action]);
    expect(found.map(({ code }) => code)).toEqual(['needs-desktop']);
  });

  it('with one may be used, unless its action is none', async () => {
    expect(await problems([control('BUTTON', '//a'), text('buttonAction', 'CLICK')])).toEqual([]);
    expect(await problems([control('BUTTON', '//a'), text('buttonAction', 'KNOCK')])).toMatchObject([
      { code: 'refused-command', message: expect.stringContaining('"KNOCK"') },
    ]);
  });
});
