import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BotValue, compileBot, createRegistry, type RunHost, readBot } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standardPackages } from '../src/index.ts';
import { removeFolder, type TestHost, testHost } from './support.ts';

/* Whole bots through the real interpreter: what the declarations promise must be what documents ask for. */

let house: TestHost;
beforeEach(() => {
  house = testHost();
});
afterEach(() => removeFolder(house));

const str = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
const num = (name: string, number: string) => ({ name, value: { type: 'NUMBER', number } });
const exp = (name: string, expression: string, type = 'STRING') => ({ name, value: { type, expression } });
const use = (name: string, variableName: string) => ({ name, value: { type: 'VARIABLE', variableName } });
const to = (variableName: string) => ({ returnTo: { type: 'VARIABLE', variableName } });
const variable = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  input: true,
  output: true,
  ...more,
});
const node = (packageName: string, commandName: string, attributes: readonly object[] = [], more: object = {}) => ({
  uid: `${packageName}-${commandName}`,
  packageName,
  commandName,
  attributes,
  ...more,
});
const loopOver = (packageName: string, iteratorName: string, attributes: object[], item: string, children: object[]) =>
  node(
    'Loop',
    'loop.commands.start',
    [
      str('loopType', 'ITERATOR'),
      { name: 'iterator', value: { type: 'ITERATOR', packageName, iteratorName }, attributes, ...to(item) },
    ],
    { children },
  );
const condition = (packageName: string, conditionalName: string, attributes: object[]) => ({
  name: 'condition',
  value: { type: 'CONDITIONAL', packageName, conditionalName },
  attributes,
});

const run = async (variables: object[], nodes: object[]) => {
  const document = readBot(JSON.stringify({ nodes, variables }));
  const registry = createRegistry(standardPackages);
  const { bot, problems } = await compileBot(document, { registry, path: 'Bots/Test' });
  expect(problems).toEqual([]);
  const { sessions: _own, signal: _signal, ...host } = house;
  const result = await bot?.run({ host: host satisfies RunHost });
  if (result?.error) throw new Error(`line ${result.error.line}: ${result.error.message}`);
  return (name: string): BotValue | undefined => result?.outputs.get(name);
};

describe('a bot', () => {
  it('reads a CSV file, adds up a column and logs each row', async () => {
    writeFileSync(join(house.folder, 'in.csv'), 'Name;Amount\nAda;"1,200.50"\nBo;-3\n');
    const output = await run(
      [variable('row', 'RECORD'), variable('sum', 'NUMBER'), variable('n', 'NUMBER'), variable('t', 'TABLE')],
      [
        node('CsvTxt', 'OpenCSVTXT', [
          str('session', 'Default'),
          { name: 'filePath', value: { type: 'FILE', string: `file:///${house.folder}/in.csv` } },
          str('delimeter', 'semicolon'),
          { name: 'containsHeader', value: { type: 'BOOLEAN', boolean: true } },
          str('encoding', 'FILE-ENCODING'),
        ]),
        node('CsvTxt', 'ReadFromCsvTxt', [str('session', 'Default')], to('t')),
        node('CsvTxt', 'CloseCsvTxt', [str('session', 'Default')]),
        loopOver('DataTable', 'iteratorTableRow', [use('sourceTable', 't')], 'row', [
          node('String', 'toNumber', [exp('sourceString', '$row{Amount}$')], to('n')),
          node('Number', 'assignToNumber', [exp('input', '$sum$+$n$', 'NUMBER')], to('sum')),
          node('LogToFile', 'logToFile', [
            exp('filePath', 'file://logs/out.txt', 'FILE'),
            exp('logContent', '$row[0].String:uppercase$ $n.Number:toString$'),
            { name: 'appendTimestamp', value: { type: 'BOOLEAN', boolean: false } },
            str('logOption', 'APPEND_FILE'),
            str('encodingValue', 'ANSI'),
          ]),
        ]),
      ],
    );
    expect(output('sum')).toBe(1197.5);
    expect(readFileSync(join(house.folder, 'logs/out.txt'), 'utf8').split(/\r?\n/)).toEqual([
      'ADA 1200.5',
      'BO -3',
      '',
    ]);
  });

  it('asks a JSON answer for what it needs, in either way to keep a session', async () => {
    const open = (returnTo: object) =>
      node('Json', 'StartSession', [str('inputType', 'text'), str('data', '{"a":[{"b":"x"},{"b":"y"}]}')], returnTo);
    const ask = (session: object, target: string) =>
      node('Json', 'GetNodeValue', [str('nodePath', 'a[1].b'), { name: 'session', value: session }], to(target));
    const named = { type: 'SESSION', sessionName: { type: 'STRING', string: 'Default' } };
    const output = await run(
      [variable('s', 'SESSION'), variable('one', 'STRING'), variable('two', 'STRING')],
      [
        open({ returnTo: { ...named, sessionTarget: 'LOCAL' } }),
        ask(named, 'one'),
        node('Json', 'EndSession', [{ name: 'session', value: named }]),
        open(to('s')),
        ask({ type: 'SESSION', expression: '$s$' }, 'two'),
      ],
    );
    expect([output('one'), output('two')]).toEqual(['y', 'y']);
  });

  it('moves the files of a folder', async () => {
    mkdirSync(join(house.folder, 'in'));
    for (const name of ['a.txt', 'b.txt', 'c.csv']) writeFileSync(join(house.folder, 'in', name), name);
    await run(
      [variable('f', 'DICTIONARY')],
      [
        loopOver('File', 'loop.iterators.files', [str('folderPath', 'in')], 'f', [
          node(
            'If',
            'if',
            [
              condition('String', 'stringVariable', [
                exp('variable', '$f{extension}$'),
                str('operator', 'EQ'),
                str('value', 'TXT'),
                { name: '', value: { type: '' } },
              ]),
            ],
            {
              children: [
                node('File', 'copyFiles', [
                  exp('sourceFilePath', 'file://in/$f{name}$.$f{extension}$', 'FILE'),
                  str('destinationPath', 'out\\'),
                ]),
                node('File', 'deleteFiles', [exp('filePath', 'file://in/$f{name}$.$f{extension}$', 'FILE')]),
              ],
              branches: [],
            },
          ),
        ]),
      ],
    );
    const there = ['in/a.txt', 'in/b.txt', 'in/c.csv', 'out/a.txt', 'out/b.txt'].map((name) =>
      existsSync(join(house.folder, name)),
    );
    expect(there).toEqual([false, false, true, true, true]);
  });

  it('computes as migrated bots do', async () => {
    const output = await run(
      [
        variable('i', 'STRING', { defaultValue: { type: 'STRING', string: '4' } }),
        variable('v', 'STRING'),
        variable('d', 'STRING'),
        variable('ok', 'STRING'),
      ],
      [
        node('String', 'assign', [exp('sourceString', '$i$ * 2 + 1')], to('v')),
        node('String', 'assign', [exp('sourceString', '$v.LegacyAutomation:parseVariableOperation$')], to('v')),
        node(
          'String',
          'assign',
          [exp('sourceString', '$i.LegacyAutomation:getIncrementedNumber.Number:toString$')],
          to('i'),
        ),
        node(
          'Datetime',
          'toString',
          [
            exp('source', '$System:Date$', 'DATETIME'),
            str('selectPattern', 'CUSTOM'),
            str('patternInput', 'MM/dd/yyyy'),
          ],
          to('d'),
        ),
        node(
          'If',
          'if',
          [
            condition('LegacyAutomation', 'legacyConditionVariable', [
              exp('variable', '$v$'),
              str('operator', 'GreaterThan'),
              str('value', '8.5'),
            ]),
          ],
          { children: [node('String', 'assign', [exp('sourceString', 'yes$String:Tab$$i$')], to('ok'))] },
        ),
      ],
    );
    expect(['v', 'i', 'd', 'ok'].map(output)).toEqual(['9', '5', '02/05/2024', 'yes\t5']);
  });

  it('changes lists and tables where they are', async () => {
    const output = await run(
      [variable('l', 'LIST'), variable('t', 'TABLE'), variable('x', 'STRING'), variable('n', 'NUMBER')],
      [
        node('String', 'assign', [str('sourceString', 'a')], to('x')),
        node('List', 'addItem', [use('sourceList', 'l'), use('listItem', 'x'), str('itemPosition', 'END')]),
        node('List', 'addItem', [
          use('sourceList', 'l'),
          str('listItem', 'b'),
          str('itemPosition', 'ANY'),
          num('positionNumber', '0'),
        ]),
        node('DataTable', 'assign', [str('option', 'resize'), num('rowSize', '1'), num('columnSize', '2')], to('t')),
        node('DataTable', 'setCellValue', [
          use('table', 't'),
          num('rowPosition', '0'),
          str('columnType', 'colIndex'),
          num('columnIndex', '1'),
          exp('value', '$l[0]$'),
        ]),
        node('String', 'assign', [exp('sourceString', '$t[0][1]$')], to('x')),
        node('Number', 'assignToNumber', [exp('input', '$l.List:size$ + $t.DataTable:rowCount$', 'NUMBER')], to('n')),
      ],
    );
    expect([output('l'), output('x'), output('n')]).toEqual([['b', 'a'], 'b', 3]);
  });
});
