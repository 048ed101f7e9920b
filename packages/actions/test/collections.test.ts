import { BotCredential, BotError, BotRecord, type BotTable } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { act, apply, check, loop, record, table, testHost } from './support.ts';

describe('List', () => {
  it.each([
    ['END', undefined, ['a', 'b', 'x']],
    ['START', undefined, ['x', 'a', 'b']],
    ['ANY', 1, ['a', 'x', 'b']],
    ['ANY', 2, ['a', 'b', 'x']],
    ['AFTER_INDEX', 0, ['a', 'x', 'b']],
    ['BEFORE_INDEX', 0, ['x', 'a', 'b']],
  ])('adds in place at %s %s', (itemPosition, positionNumber, expected) => {
    const sourceList = ['a', 'b'];
    expect(act('List.addItem', { sourceList, listItem: 'x', itemPosition, positionNumber })).toBe(sourceList);
    expect(sourceList).toEqual(expected);
  });

  it('counts positions from 0', () => {
    const sourceList = ['a', 'b', 'c'];
    expect(act('List.get', { sourceList, itemPositionNumber: 0 })).toBe('a');
    act('List.listSet', { sourceList, itemPositionNumber: 2, replaceWith: 'z' });
    act('List.listRemove', { sourceList, itemPositionNumber: 1 });
    expect(sourceList).toEqual(['a', 'z']);
    expect(act('List.listSize', { sourceList })).toBe(2);
    expect(apply('List:size', sourceList)).toBe(2);
  });

  it.each([-1, 2, 0.5])('refuses the position %d in a list of two', (itemPositionNumber) => {
    expect(() => act('List.get', { sourceList: ['a', 'b'], itemPositionNumber })).toThrow(/from 0 to 1.*count from 0/);
  });

  it('copies, so that two variables stay two', () => {
    const sourceList = [['deep']];
    const copy = act('List.assign', { sourceList });
    expect(copy).toEqual(sourceList);
    sourceList[0]?.push('more');
    expect(copy).toEqual([['deep']]);
  });

  it('empties the list itself', () => {
    const sourceList = ['a'];
    act('List.clear', { sourceList });
    expect(sourceList).toEqual([]);
  });

  it('joins everything but secrets', () => {
    const sourceList = ['a', 1, true, null, new BotCredential(() => 'hunter2')];
    expect(act('List.joinList', { sourceList, delimiter: ';' })).toBe('a;1;true;;********');
  });

  it('becomes a column of a table', () => {
    const toTable = table(['n'], ['1']);
    act('List.assignToDataTable', { sourceList: ['a', 'b'], toTable });
    expect(toTable.rows).toEqual([
      ['a', '1'],
      ['b', ''],
    ]);
  });

  it('is looped over whole or in part', async () => {
    const list = ['a', 'b', 'c'];
    expect(await loop('List.list.iterators.list', { list })).toEqual(list);
    expect(await loop('List.list.iterators.list', { list, forOptions: 'range', start: 1, end: 2 })).toEqual(['b', 'c']);
    await expect(loop('List.list.iterators.list', { list, forOptions: 'range', end: 3 })).rejects.toThrow(BotError);
  });

  it.each([
    [['a', 'B'], 'String', 'INCLUDE', 'b', true],
    [['a'], 'String', 'NOTINCLUDE', 'a', false],
    [[1, '2'], 'Number', 'INCLUDE', 2, true],
    [[true], 'Boolean', 'INCLUDE', true, true],
  ])('listVariable %o %s %s %o', (variable, subtype, operator, value, expected) => {
    expect(check('List.listVariable', { variable, subtype, operator, value })).toBe(expected);
  });
});

describe('Dictionary', () => {
  it('puts, gets and removes in place', () => {
    const sourceMap = new Map([['a', '1']]);
    expect(act('Dictionary.put', { sourceMap, key: 'b', newValue: 2 })).toBe(sourceMap);
    expect(act('Dictionary.get', { sourceMap, key: 'b' })).toBe(2);
    expect(act('Dictionary.size', { sourceMap })).toBe(2);
    act('Dictionary.remove', { sourceMap, key: 'a' });
    expect([...sourceMap.keys()]).toEqual(['b']);
  });

  it('names the keys that are there, not their values', () => {
    const sourceMap = new Map([['user', 'ada-secret']]);
    expect(() => act('Dictionary.get', { sourceMap, key: 'User' })).toThrow('Its keys are "user". Letter case counts.');
    expect(() => act('Dictionary.get', { sourceMap, key: 'User' })).not.toThrow('ada-secret');
  });

  it('is copied deep', () => {
    const sourceDictionary = new Map([['l', ['x']]]);
    const copy = act('Dictionary.assign', { sourceDictionary });
    sourceDictionary.get('l')?.push('y');
    expect(copy).toEqual(new Map([['l', ['x']]]));
  });

  it('gives its keys to a loop that may change it', async () => {
    expect(
      await loop('Dictionary.dictionary.iterators.keys', {
        sourceMap: new Map([
          ['a', 1],
          ['b', 2],
        ]),
      }),
    ).toEqual(['a', 'b']);
  });

  it.each([
    [{ key: 'n', valueType: 'NUMBER', numberOperator: 'GT', numberTargetValue: 4 }, true],
    [{ key: 's', stringOperator: 'INCLUDE', stringTargetValue: 'D' }, true],
    [{ key: 's', stringOperator: 'EQ', stringTargetValue: 'ADA', matchCase: true }, false],
    [{ key: 'b', valueType: 'BOOLEAN', booleanTargetValue: true }, true],
    [{ key: 'missing', stringOperator: 'NEQ', stringTargetValue: 'x' }, false],
  ])('valueExistsForKey %o', (input, expected) => {
    const dictionary = new Map<string, string | number | boolean>([
      ['n', '5'],
      ['s', 'ada'],
      ['b', true],
    ]);
    expect(check('Dictionary.valueExistsForKey', { dictionary, ...input })).toBe(expected);
  });
});

describe('Record', () => {
  it('is copied and looped over', async () => {
    const source = record(['a', 'b'], ['1', '2']);
    const copy = act('Record.assign', { sourceRecord: source });
    expect(copy).toEqual(source);
    expect(copy).not.toBe(source);
    expect(await loop('Loop.iterator.table.record', { record: source })).toEqual(['1', '2']);
  });
});

describe('DataTable', () => {
  const people = () => table(['Name', 'Age'], ['Ada', '36'], ['Bo', '9'], ['Cy', '']);
  const rows = (value: unknown) => (value as BotTable).rows;

  it('makes an empty table of a size, or a copy', () => {
    expect(rows(act('DataTable.assign', { option: 'resize', rowSize: 1, columnSize: 2 }))).toEqual([['', '']]);
    const source = people();
    expect(act('DataTable.assign', { sourceTable: source })).toEqual(source);
    expect(() => act('DataTable.assign', { option: 'resize', rowSize: 1e9, columnSize: 9 })).toThrow(BotError);
  });

  it('takes in rows by the names of their columns', () => {
    const t = people();
    act('DataTable.insertRow', {
      table: t,
      rowRecord: record(['age', 'name'], ['1', 'Di']),
      positionSelection: 'firstPosition',
    });
    act('DataTable.insertRow', { table: t, rowRecord: ['Ed'], positionSelection: 'specificPosition', rowIndex: 1 });
    act('DataTable.insertRow', { table: t, rowRecord: record(['x', 'y'], ['Flo', '2']) });
    expect(t.rows).toEqual([
      ['Di', '1'],
      ['Ed', ''],
      ['Ada', '36'],
      ['Bo', '9'],
      ['Cy', ''],
      ['Flo', '2'],
    ]);
    act('DataTable.deleteRow', { table: t, rowIndex: 0 });
    expect(t.rows).toHaveLength(5);
  });

  it('takes its columns from the first record when it has none', () => {
    const t = table([]);
    act('DataTable.insertRow', { table: t, rowRecord: record(['a'], ['1']) });
    expect([t.columns.map((c) => c.name), t.rows]).toEqual([['a'], [['1']]]);
  });

  it('adds, names and drops columns', () => {
    const t = people();
    act('DataTable.insertColumn', { table: t, columnName: 'City', value: 'Oslo', positionSelection: 'firstPosition' });
    expect(t.rows[0]).toEqual(['Oslo', 'Ada', '36']);
    expect(act('DataTable.getColumnName', { table: t, columnIndex: 0 })).toBe('City');
    act('DataTable.deleteColumn', { table: t, columnType: 'colName', columnName: 'age' });
    expect(act('DataTable.getNumberOfColumns', { table: t })).toBe(2);
    expect(() => act('DataTable.insertColumn', { table: t, columnName: 'name' })).toThrow(/already/);
  });

  it('sets cells by zero-based position or by name', () => {
    const t = people();
    act('DataTable.setCellValue', { table: t, rowPosition: 0, columnIndex: 1, value: '37' });
    act('DataTable.setCellValue', { table: t, rowPosition: 2, columnType: 'colName', columnName: 'AGE', value: '5' });
    expect(t.rows).toEqual([
      ['Ada', '37'],
      ['Bo', '9'],
      ['Cy', '5'],
    ]);
    expect(() => act('DataTable.setCellValue', { table: t, rowPosition: 3, columnIndex: 0, value: '' })).toThrow(
      /row position from 0 to 2/,
    );
    expect(() =>
      act('DataTable.setCellValue', { table: t, rowPosition: 0, columnType: 'colName', columnName: 'x' }),
    ).toThrow('The columns are "Name", "Age"');
  });

  it('counts rows', () => {
    const t = table(['a'], ['1'], [' ']);
    expect(act('DataTable.getNumberOfRows', { table: t })).toBe(2);
    expect(act('DataTable.getNumberOfRows', { table: t, rowCountSelection: 'nonEmptyRowSelection' })).toBe(1);
    expect(apply('DataTable:rowCount', t)).toBe(2);
    expect(check('DataTable.tableRowCondition', { table: t, condition: 'GTE', rowCount: 2 })).toBe(true);
    expect(check('DataTable.tableColumnCondition', { table: t, condition: 'EQ', columnCount: 2 })).toBe(false);
  });

  it('sorts numbers by size and keeps the table', () => {
    const t = people();
    expect(act('DataTable.sort', { table: t, columnType: 'NAME', columnName: 'Age' })).toBe(t);
    expect(t.rows.map((row) => row[0])).toEqual(['Bo', 'Ada', 'Cy']);
    act('DataTable.sort', { table: t, columnType: 'INDEX', columnIndex: 0, sortType: 'DESCENDING' });
    expect(t.rows.map((row) => row[0])).toEqual(['Cy', 'Bo', 'Ada']);
  });

  it.each([
    ['INNER_JOIN', [['Ada', '36', 'Ada', 'Oslo']]],
    [
      'LEFT',
      [
        ['Ada', '36', 'Ada', 'Oslo'],
        ['Bo', '9', '', ''],
        ['Cy', '', '', ''],
      ],
    ],
    [
      'RIGHT_JOIN',
      [
        ['Ada', '36', 'Ada', 'Oslo'],
        ['', '', 'Di', 'Rome'],
      ],
    ],
    [
      'FULL',
      [
        ['Ada', '36', 'Ada', 'Oslo'],
        ['Bo', '9', '', ''],
        ['Cy', '', '', ''],
        ['', '', 'Di', 'Rome'],
      ],
    ],
  ])('joins: %s', (joinType, expected) => {
    const secondTable = table(['name', 'City'], ['Ada', 'Oslo'], ['Di', 'Rome']);
    const joined = act('DataTable.join', {
      firstTable: people(),
      firstColumnName: 'Name',
      secondTable,
      secondColumnName: 'name',
      joinType,
    });
    expect(rows(joined)).toEqual(expected);
    expect((joined as BotTable).columns.map((c) => c.name)).toEqual(['Name', 'Age', 'name_1', 'City']);
  });

  it('merges by column names', () => {
    const merged = act('DataTable.merge', {
      firstTable: table(['a'], ['1']),
      secondTable: table(['b', 'A'], ['2', '3']),
    });
    expect(rows(merged)).toEqual([
      ['1', ''],
      ['3', '2'],
    ]);
  });

  it('drops repeated rows and all rows', () => {
    const t = table(['a', 'b'], ['1', '2'], ['1', '2'], ['12', '']);
    act('DataTable.removeDuplicateRows', { table: t });
    expect(t.rows).toEqual([
      ['1', '2'],
      ['12', ''],
    ]);
    act('DataTable.clearContent', { table: t });
    expect([t.rows.length, t.columns.length]).toEqual([0, 2]);
  });

  it('gives records to a loop, which cannot change the table through them', async () => {
    const t = people();
    const [first] = await loop('DataTable.iteratorTableRow', { sourceTable: t });
    if (!(first instanceof BotRecord)) throw new Error('no record');
    first.values[0] = 'X';
    expect(t.rows[0]?.[0]).toBe('Ada');
  });
});

describe('Json', () => {
  const text = '{"a":{"b":[{"c":1},{"c":"two"},{"d":null}]},"odd.name":true,"id":123456789012345678}';
  const open = () => act('Json.StartSession', { data: text });
  const value = (nodePath: string, session = open()) =>
    act('Json.GetNodeValue', { nodePath, session: session as never });

  it.each([
    ['a.b[1].c', 'two'],
    ['$.a.b[0].c', '1'],
    ['A.B[0].C', '1'],
    ['a.b[2].d', ''],
    ["['odd.name']", 'true'],
    ['a.b[0]', '{"c":1}'],
    ['id', '123456789012345678'],
    ['$', text.replace('123456789012345678', '"123456789012345678"')],
  ])('takes %s', (path, expected) => expect(value(path)).toBe(expected));

  it.each(['a.x', 'a.b[9]', 'a.b.c', '__proto__', 'constructor'])('finds nothing at %s', (path) => {
    expect(() => value(path)).toThrow(/nothing at/);
  });

  it.each(['a..b', 'a[', 'a.b[*]', '[?(@.x)]', '.a', 'a[0]b'])('refuses the path %s', (path) => {
    expect(() => value(path)).toThrow(/Expected a path/);
  });

  it('lists what is below a path', () => {
    expect(act('Json.GetNodeList', { nodePath: 'a.b', session: open() as never })).toEqual([
      '{"c":1}',
      '{"c":"two"}',
      '{"d":null}',
    ]);
  });

  it('adds and updates', () => {
    const session = open() as never;
    act('Json.UpdateNodeValue', { nodePath: 'a.b[0].c', nodeValue: 'one', session });
    act('Json.AddNodeValue', { nodePath: 'a', nodeName: 'n', nodeValue: '[1,2]', session });
    act('Json.AddNodeValue', { nodePath: 'a.n', nodeValue: 3, session });
    act('Json.AddNodeValue', { nodePath: 'a.new', nodeValue: '[draft', session });
    expect([value('a.b[0].c', session), value('a.n', session), value('a.new', session)]).toEqual([
      'one',
      '[1,2,3]',
      '[draft',
    ]);
    expect(() => act('Json.UpdateNodeValue', { nodePath: 'a.none', nodeValue: 1, session })).toThrow(BotError);
    act('Json.EndSession', { session });
  });

  it('does not let a path change what all objects share', () => {
    const session = open() as never;
    act('Json.AddNodeValue', { nodePath: 'a', nodeName: '__proto__', nodeValue: '{"polluted":true}', session });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('says where a text stops being JSON without telling the text', () => {
    expect(() => act('Json.StartSession', { data: '{"password": "hunter2" x}' })).toThrow(/breaks at position 23/);
    expect(() => act('Json.StartSession', { data: '{"password": hunter2}' })).not.toThrow(/hunter/);
    expect(() => act('Json.StartSession', { data: '{"a"' })).toThrow(/ends too early|breaks at/);
    expect(() => act('Json.StartSession', { data: ' ' })).toThrow(/it is empty/);
  });

  it('turns into a dictionary and back', () => {
    const json = '{"a":1,"b":["x",{"c":null}]}';
    const dictionary = act('Json.JSONToDictionary', { json });
    expect(dictionary).toBeInstanceOf(Map);
    expect(act('Json.DictionaryToJSON', { dictionary: dictionary as never })).toBe(json);
    expect(() => act('Json.JSONToDictionary', { json: '[1]' })).toThrow(/JSON object/);
  });

  it('writes credentials as asterisks', () => {
    const dictionary = new Map([['p', new BotCredential(() => 'hunter2')]]);
    expect(act('Json.DictionaryToJSON', { dictionary })).toBe('{"p":"********"}');
  });

  it('wants a session that is one', () => {
    expect(() => act('Json.GetNodeValue', { nodePath: 'a', session: 'x' as never }, testHost())).toThrow(
      /Start session/,
    );
  });
});

describe('a text', () => {
  it('is gone through character by character, as people count them', async () => {
    const characters = await loop('String.string.iterators.characters', { sourceString: 'aé👩‍🚀z' });
    expect(characters).toEqual(['a', 'é', '👩‍🚀', 'z']);
    expect(await loop('String.string.iterators.characters', { sourceString: '' })).toEqual([]);
  });
});
