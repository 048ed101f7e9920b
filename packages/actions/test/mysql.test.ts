import { BotCredential, BotTable, type BotValue } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, loop, removeFolder, type TestHost, table, testHost } from './support.ts';

const url = process.env.MYSQL_URL ?? '';
if (url === '') {
  console.warn('MySQL tests are skipped. To run them: MYSQL_URL=mysql://user:password@127.0.0.1:3306/database');
}

let host: TestHost;
beforeEach(() => {
  host = { ...testHost(), outgoing: { refusal: () => undefined } };
});
afterEach(async () => {
  await host.sessions.close('Database', 'db').catch(() => {});
  removeFolder(host);
});

type Input = Parameters<typeof act>[1];
const db = async (command: string, input: Input = {}) => act(`Database.${command}`, { session: 'db', ...input }, host);
const open = () => db('connect', { connectionURL: url });
const run = (query: string, more: Input = {}) => db('insertUpdateDelete', { query, ...more });
const rows = async (query: string, more: Input = {}) => {
  const found = await db('exportToDataTable', { query, ...more });
  if (!(found instanceof BotTable)) throw new Error('no table');
  return found.rows;
};
const looped = () => loop('Database.iterators.resultset', { session: 'db' }, host);

/** Tables are temporary: they go with the session. Procedures cannot be, so those are dropped first. */
const start = async () => {
  await open();
  await run(
    'create temporary table orders (id int primary key, item varchar(40), price decimal(9,2), at datetime, big bigint, paid boolean, photo blob, doc json, day date, since time, weight double) engine=InnoDB default charset=utf8mb4',
  );
  await run(
    `insert into orders values
      (1, 'Pens 🖊', 10.50, '2024-02-05 10:00:00', 9007199254740993, true, x'00ff', '{"n": 9007199254740993}', '2024-02-05', '10:00:01', 0.5),
      (2, null, 3, null, 5, false, null, null, null, null, null)`,
  );
};

const entry = (name: string, direction: string, value: BotValue) =>
  new Map<string, BotValue>([
    ['name', name],
    ['direction', direction],
    ['value', value],
  ]);

describe.skipIf(url === '')('MySQL, a real server', () => {
  it('gives rows: numbers as numbers, what a double cannot hold as texts, nothing as an empty text', async () => {
    await start();
    expect(await rows('select * from orders order by id')).toEqual([
      [
        1,
        'Pens 🖊',
        '10.50',
        '2024-02-05 10:00:00',
        '9007199254740993',
        1,
        '00ff',
        '{"n": 9007199254740993}',
        '2024-02-05',
        '10:00:01',
        0.5,
      ],
      [2, '', '3.00', '', 5, 0, '', '', '', '', ''],
    ]);
  });

  it('keeps the rows of a query for the loop, with the names of its columns', async () => {
    await start();
    await db('sqlQuery', { query: 'select id, item as `what it is` from orders order by id' });
    expect(await looped()).toMatchObject([
      {
        columns: [
          { name: 'id', type: 'NUMBER' },
          { name: 'what it is', type: 'STRING' },
        ],
        values: [1, 'Pens 🖊'],
      },
      { values: [2, ''] },
    ]);
    await db('sqlQuery', { query: 'select id, item from orders where id = 9' });
    expect(await looped()).toEqual([]);
  });

  it('counts what it changes, as the rows that a condition finds', async () => {
    await start();
    expect(await run('update orders set weight = 1 where id < 9')).toBe(2);
    expect(await run('update orders set weight = 1 where id < 9')).toBe(2);
    expect(await run('delete from orders where id = 9')).toBe(0);
    await expect(run('delete from nowhere.at_all')).rejects.toThrow(/The database refused the statement/);
    expect(await rows('select 1')).toEqual([[1]]);
  });

  it('commits, rolls back, and rolls back what nobody committed', async () => {
    await start();
    await db('begin');
    await run('delete from orders');
    await db('rollback');
    expect(await rows('select count(*) from orders')).toEqual([[2]]);
    await db('begin');
    await run('delete from orders where id = 1');
    await db('commit');
    expect(await rows('select id from orders')).toEqual([[2]]);
    await db('begin');
    await db('disconnect');
    expect(host.lines).toEqual([expect.stringMatching(/it was rolled back/)]);
  });

  it('puts a table in, all rows or none', async () => {
    await start();
    const item = `O'Hara \\ "x" 🖊`;
    expect(
      await db('batchInsert', { tableName: 'orders', dataTable: table(['id', 'item'], ['7', item], [8, null]) }),
    ).toBe(2);
    const twice = table(['id', 'item'], ['9', 'a'], ['9', 'b']);
    await expect(db('batchInsert', { tableName: 'orders', dataTable: twice })).rejects.toThrow(/Duplicate entry/);
    expect(await rows('select id, item from orders where id > 2 order by id')).toEqual([
      [7, item],
      [8, ''],
    ]);
  });

  it('puts texts in as they are where the server takes backslashes for backslashes', async () => {
    await start();
    await run("set sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
    const item = `a\\'), (10, 'b`;
    await db('batchInsert', { tableName: 'orders', dataTable: table(['id', 'item'], [9, item]) });
    expect(await rows('select id, item from orders where id > 2')).toEqual([[9, item]]);
  });

  it('puts thousands of rows in', async () => {
    await start();
    const many = Array.from({ length: 2500 }, (_, index): BotValue[] => [100 + index, `item ${index}`]);
    expect(await db('batchInsert', { tableName: 'orders', dataTable: table(['id', 'item'], ...many) })).toBe(2500);
    expect(await rows('select count(*), max(item) from orders where id >= 100')).toEqual([[2500, 'item 999']]);
  });

  it('calls procedures: outputs by name, rows for the loop', async () => {
    await start();
    await run('drop procedure if exists signalbox_twice');
    await run(
      'create procedure signalbox_twice(in n int, inout total int, out word varchar(9)) begin select n as given, total as before_it; set total = total + n * 2; set word = "done"; end',
    );
    try {
      const outputs = await db('store', {
        procedureName: 'signalbox_twice',
        entryList: [entry('n', 'IN', 21), entry('total', 'INOUT', 1), entry('word', 'OUT', '')],
      });
      expect(outputs).toEqual(
        new Map<string, BotValue>([
          ['total', 43],
          ['word', 'done'],
        ]),
      );
      expect(await looped()).toMatchObject([{ columns: [{ name: 'given' }, { name: 'before_it' }], values: [21, 1] }]);
    } finally {
      await run('drop procedure signalbox_twice');
    }
    await expect(db('store', { procedureName: 'signalbox_none' })).rejects.toThrow(/signalbox_none does not exist/);
  });

  it('keeps the first rows of a procedure that selects twice', async () => {
    await open();
    await run('drop procedure if exists signalbox_both');
    await run('create procedure signalbox_both() begin select 1 as a, 2 as b; select 3 as c; end');
    try {
      await db('store', { procedureName: 'signalbox_both' });
      expect(await looped()).toMatchObject([{ columns: [{ name: 'a' }, { name: 'b' }], values: [1, 2] }]);
    } finally {
      await run('drop procedure signalbox_both');
    }
  });

  it('gives up in time, tells why, and the connection lives on', async () => {
    await start();
    await expect(rows('select sleep(30)', { timeOut: 0.2 })).rejects.toThrow(/within 0.2 s/);
    expect(await rows('select count(*) from orders')).toEqual([[2]]);
    await expect(run('do sleep(30)', { timeOut: 0.2 })).rejects.toThrow(/within 0.2 s/);
    expect(await rows('select count(*) from orders')).toEqual([[2]]);
  });

  it('ends when the run is stopped, at the server too', async () => {
    await start();
    const [[id]] = (await rows('select connection_id()')) as [[number]];
    const waiting = rows('select sleep(30)');
    setImmediate(host.stop);
    await expect(waiting).rejects.toThrow(/aborted/);
    const stopped = host;
    host = { ...testHost(), outgoing: { refusal: () => undefined } };
    await open();
    await expect
      .poll(() => rows(`select command from information_schema.processlist where id = ${id}`), { timeout: 5000 })
      .toEqual([['Sleep']]); // which is what the server calls waiting for a statement
    await stopped.sessions.close('Database', 'db');
    removeFolder(stopped);
  });

  it('tells that the server closed the connection, and waits for nothing', async () => {
    await open();
    const [[id]] = (await rows('select connection_id()')) as [[number]];
    await db('connect', { session: 'other', connectionURL: url });
    await db('insertUpdateDelete', { session: 'other', query: `kill ${id}` });
    await db('disconnect', { session: 'other' });
    await expect(rows('select 1')).rejects.toThrow(/The database refused the statement/);
    await expect(rows('select 1')).rejects.toThrow(/closed state/);
  });

  it('stops at the bound of rows', async () => {
    await open();
    const ten =
      '(select 0 union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)';
    const from = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${ten} ${name}`).join(', ');
    await expect(rows(`select 1 from ${from}`)).rejects.toThrow(/more than 500000 rows/);
    expect(await rows('select 1')).toEqual([[1]]);
  });

  it('connects by its parts, and says nothing of the password when it is not let in', async () => {
    const { hostname, port, username, password, pathname } = new URL(url);
    const parts = (secret: string): Input => ({
      connectionMode: 'USER',
      serverType: 'MySQL',
      serverName: hostname,
      port: Number(port === '' ? 3306 : port),
      databaseName: pathname.slice(1),
      username: new BotCredential(() => decodeURIComponent(username)),
      password: new BotCredential(() => secret),
    });
    await db('connect', parts(decodeURIComponent(password)));
    expect(await rows('select database()')).toEqual([[pathname.slice(1)]]);
    await db('disconnect');
    const failed = await db('connect', parts('wrong-secret')).then(String, String);
    expect(failed).toMatch(/The connection to the database failed: Access denied/);
    expect(failed).not.toContain('wrong-secret');
  });
});
