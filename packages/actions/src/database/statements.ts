import { EOL } from 'node:os';
import {
  action,
  attribute,
  BotError,
  BotRecord,
  BotTable,
  type BotValue,
  type Column,
  iterator,
} from '@signalbox/taskbot';
import { appendText, overwriteText } from '../support/append.ts';
import { writeDelimited } from '../support/delimited.ts';
import { devicePath } from '../support/device-path.ts';
import { ENCODINGS } from '../support/encoding.ts';
import { asText } from '../support/text.ts';
import { connectionOf } from './connection.ts';
import type { Parameter, ResultSet } from './driver.ts';

const common = { package: 'Database', runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });
const query = attribute.text({ required: true, alias: ['statement', 'sqlQuery'] });
const timeOut = attribute.number({
  fallback: 0,
  alias: ['timeout'],
  note: 'Seconds; 0 for none. SQLite, Excel and CSV have none.',
});

/** The rows stay in the session for the loop over them, and go to a CSV file if asked. */
export const sqlQuery = action({
  ...common,
  name: 'sqlQuery',
  alias: ['readFrom'],
  summary: 'Runs a SELECT and keeps its rows for the loop over them.',
  attributes: {
    session,
    query,
    timeOut,
    doExport: attribute.flag(),
    filePath: attribute.file(),
    withHeader: attribute.flag({ fallback: true }),
    appendTo: attribute.flag({ note: '"true" appends, "false" writes the file anew.' }),
    encodingType: attribute.choice(ENCODINGS, { alias: ['encoding'] }),
  },
  run: async (input, host) => {
    const connection = connectionOf(input.session, host);
    const result = await connection.work(input.timeOut, host, (driver, limits) => driver.query(input.query, limits));
    connection.result = result;
    if (input.doExport) {
      const path = devicePath(input.filePath, host);
      const rows = [...(input.withHeader ? [[...result.columns]] : []), ...result.rows.map((row) => row.map(asText))];
      const text = writeDelimited(rows, ',', EOL);
      if (input.appendTo) appendText(path, text, input.encodingType);
      else overwriteText(path, text, input.encodingType);
    }
    return undefined;
  },
});

export const resultsetIterator = iterator({
  ...common,
  name: 'iterators.resultset',
  alias: ['loop.iterators.resultset'],
  summary: 'Each row of the last query, as a record.',
  attributes: { session },
  yields: 'RECORD',
  iterate: (input, host) => records(connectionOf(input.session, host).result),
});

function* records(result: ResultSet): Iterable<BotRecord> {
  const columns = columnsOf(result);
  for (const row of result.rows) yield new BotRecord(columns, [...row]);
}

const columnsOf = ({ columns, rows }: ResultSet): Column[] =>
  columns.map((name, index) => {
    const filled = rows.filter((row) => row[index] !== '');
    const numbers = filled.length > 0 && filled.every((row) => typeof row[index] === 'number');
    return { name, type: numbers ? 'NUMBER' : 'STRING' };
  });

export const exportToDataTable = action({
  ...common,
  name: 'exportToDataTable',
  summary: 'Runs a SELECT and gives its rows as a table.',
  attributes: { session, query, timeOut },
  returns: 'TABLE',
  run: async (input, host) => {
    const result = await connectionOf(input.session, host).work(input.timeOut, host, (driver, limits) =>
      driver.query(input.query, limits),
    );
    return new BotTable(
      columnsOf(result),
      result.rows.map((row) => [...row]),
    );
  },
});

export const insertUpdateDelete = action({
  ...common,
  name: 'insertUpdateDelete',
  alias: ['executeUpdate'],
  summary: 'Runs an INSERT, UPDATE, DELETE or other statement; answers how many rows it changed.',
  attributes: { session, query, timeOut },
  returns: 'NUMBER',
  run: (input, host) =>
    connectionOf(input.session, host).work(input.timeOut, host, (driver, limits) =>
      driver.execute(input.query, limits),
    ),
});

/** All rows or none: outside a transaction the action has one of its own. Attribute names [inferred]. */
export const batchInsert = action({
  ...common,
  name: 'batchInsert',
  alias: ['bulkInsert', 'insertDataTable'],
  summary: 'Puts the rows of a table into a table of the database, columns by their names.',
  attributes: {
    session,
    tableName: attribute.text({ required: true, alias: ['table', 'dbTableName'] }),
    dataTable: attribute.table({ required: true, alias: ['sourceTable', 'tableObj', 'dataTableVariable'] }),
    timeOut,
  },
  returns: 'NUMBER',
  run: async (input, host) => {
    const connection = connectionOf(input.session, host);
    const { columns, rows } = input.dataTable;
    if (columns.length === 0 || rows.length === 0) return 0;
    const names = columns.map((column) => column.name);
    const insert = () =>
      connection.work(input.timeOut, host, (driver, limits) => driver.insert(input.tableName, names, rows, limits));
    if (connection.inTransaction) return insert();
    await connection.begin(host);
    try {
      const count = await insert();
      await connection.end('commit', host);
      return count;
    } catch (error) {
      await connection.end('rollback', host).catch(() => {}); // the first fault is the one to tell
      throw error;
    }
  },
});

/** [observed]: parameters are a list of dictionaries with name, direction and value. Outputs come back by name. */
export const store = action({
  ...common,
  name: 'store',
  alias: ['storedProcedure', 'runStoredProcedure'],
  summary: 'Calls a stored procedure; its rows are kept for the loop over them, its outputs come back.',
  attributes: {
    session,
    procedureName: attribute.text({
      required: true,
      alias: ['storedProcedureName', 'storedProcedure', 'procedure', 'name'],
    }),
    entryList: attribute.list({ alias: ['parameters', 'parameterList'] }),
    timeOut,
  },
  returns: 'DICTIONARY',
  run: async (input, host) => {
    const connection = connectionOf(input.session, host);
    const parameters = input.entryList.map(parameterFrom);
    const { outputs, result } = await connection.work(input.timeOut, host, (driver, limits) =>
      driver.call(input.procedureName, parameters, limits),
    );
    connection.result = result;
    return new Map(outputs);
  },
});

const parameterFrom = (entry: BotValue): Parameter => {
  if (!(entry instanceof Map)) {
    throw new BotError('Expected each parameter of the procedure as a dictionary with name, direction and value.');
  }
  const of = (...keys: string[]): BotValue => {
    const found = [...entry].find(([key]) => keys.includes(key.toLowerCase()));
    return found?.[1] ?? null;
  };
  const word = asText(of('direction', 'type'))
    .toUpperCase()
    .replace(/[\s_/]/g, '');
  const direction = /^(OUT|OUTPUT)$/.test(word) ? 'OUT' : /^(INOUT|INPUTOUTPUT)$/.test(word) ? 'INOUT' : 'IN';
  return { name: asText(of('name', 'parametername')), direction, value: of('value', 'parametervalue') };
};
