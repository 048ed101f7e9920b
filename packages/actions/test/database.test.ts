import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer as listen, type Server, type Socket } from 'node:net';
import { EOL } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { read, utils, write } from '@e965/xlsx';
import { BotCredential, BotTable, type BotValue } from '@signalbox/taskbot';
import { createServer } from 'mysql2';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { parseConnection } from '../src/database/connection-string.ts';
import { act, loop, removeFolder, type TestHost, table, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = { ...testHost(), outgoing: { refusal: () => undefined } };
});
afterEach(async () => {
  await host.sessions.close('Database', 'db').catch(() => {});
  removeFolder(host);
});

type Input = Parameters<typeof act>[1];
const at = (name: string) => join(host.folder, name);
const db = async (command: string, input: Input = {}) => act(`Database.${command}`, { session: 'db', ...input }, host);
const open = (connectionURL: string, more: Input = {}) => db('connect', { connectionURL, ...more });
const run = (query: string) => db('insertUpdateDelete', { query });
const rows = async (query: string) => {
  const found = await db('exportToDataTable', { query });
  if (!(found instanceof BotTable)) throw new Error('no table');
  return found.rows;
};
const message = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => String(error),
  );

describe('connection strings', () => {
  const none = { user: '', password: '' };
  const server = { instance: '', user: 'u', password: 'p;w' };
  it.each([
    [
      'jdbc:postgresql://db.example:5433/sales?user=u&password=p%3Bw&sslmode=require',
      {
        ...server,
        kind: 'postgresql',
        host: 'db.example',
        port: 5433,
        database: 'sales',
        encrypt: true,
        trustCertificate: true,
      },
    ],
    [
      'jdbc:mysql://db.example/sales?user=u&password=p%3Bw&useSSL=false',
      {
        ...server,
        kind: 'mysql',
        host: 'db.example',
        port: 3306,
        database: 'sales',
        encrypt: false,
        trustCertificate: true,
      },
    ],
    [
      'jdbc:sqlserver://db.example:1444;databaseName=sales;user=u;password={p;w};trustServerCertificate=true',
      {
        ...server,
        kind: 'sqlserver',
        host: 'db.example',
        port: 1444,
        database: 'sales',
        encrypt: true,
        trustCertificate: true,
      },
    ],
    [
      'Driver={SQL Server};Server=db.example\\PROD,1444;Database=sales;Uid=u;Pwd={p;w};Encrypt=no',
      {
        ...server,
        instance: 'PROD',
        kind: 'sqlserver',
        host: 'db.example',
        port: 1444,
        database: 'sales',
        encrypt: false,
        trustCertificate: false,
      },
    ],
    [
      'Provider=SQLOLEDB;Data Source=(local);Initial Catalog=sales;User ID=u;Password="p;w"',
      {
        ...server,
        kind: 'sqlserver',
        host: 'localhost',
        port: 1433,
        database: 'sales',
        encrypt: true,
        trustCertificate: false,
      },
    ],
    [
      "Driver={MySQL ODBC 8.0 Unicode Driver};Server=db.example;Port=3307;Database=sales;User=u;Password='p;w';Option=3",
      {
        ...server,
        kind: 'mysql',
        host: 'db.example',
        port: 3307,
        database: 'sales',
        encrypt: false,
        trustCertificate: true,
      },
    ],
    ['jdbc:sqlite:C:/data/a.db', { kind: 'sqlite', file: 'C:/data/a.db' }],
    [
      'Provider=Microsoft.ACE.OLEDB.12.0;Data Source=C:\\in\\a.xlsx;Extended Properties="Excel 12.0 Xml;HDR=NO;IMEX=1"',
      { kind: 'excel', file: 'C:\\in\\a.xlsx', header: false, asText: true },
    ],
    [
      "Provider=Microsoft.Jet.OLEDB.4.0;Data Source=C:\\in;Extended Properties='text;HDR=Yes;FMT=Delimited(;)'",
      { kind: 'text', folder: 'C:\\in', header: true, delimiter: ';' },
    ],
    [
      'Driver={Microsoft Excel Driver (*.xls, *.xlsx)};DBQ=C:\\a.xlsx',
      { kind: 'excel', file: 'C:\\a.xlsx', header: true, asText: false },
    ],
  ])('%s', (text, expected) => {
    expect(parseConnection(text, none)).toEqual(expected);
  });

  it.each([
    [
      'Provider=Microsoft.ACE.OLEDB.12.0;Data Source=a.accdb;Jet OLEDB:Database Password=hunter2',
      /"Microsoft Access" is not supported/,
    ],
    ['jdbc:oracle:thin:scott/hunter2@db:1521/x', /"oracle" is not supported/],
    ['DSN=Sales;Pwd=hunter2', /data source of Windows/],
    ['Provider=SQLOLEDB;Server=s;Integrated Security=SSPI;Pwd=hunter2', /log-in of Windows/],
    ['jdbc:postgresql://u:hunter2@[/x', /no valid URL/],
    ['', /empty/],
  ])('refuses %j without repeating it', (text, why) => {
    expect(() => parseConnection(text, none)).toThrow(why);
    expect(() => parseConnection(text, none)).not.toThrow(/hunter2/);
  });
});

/** The tests' PostgreSQL listens at a socket in the file system; bots know host and port, so a door is opened to it. */
const postgres = async () => {
  const url = new URL(inject('postgresUrl'));
  const folder = url.searchParams.get('host') ?? url.hostname;
  const port = url.searchParams.get('port') ?? (url.port || '5432');
  const door = await tcp((socket) => {
    const inside = folder.startsWith('/')
      ? connectSocket(`${folder}/.s.PGSQL.${port}`)
      : connectSocket(Number(port), folder);
    socket.on('error', () => {}).pipe(inside);
    inside.on('error', () => {}).pipe(socket);
  });
  return {
    port: door,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
};

/** A port of this machine that goes with the test. */
const tcp = async (work: (socket: Socket) => void): Promise<number> => {
  const open = new Set<Socket>();
  const server = listen((socket) => {
    open.add(socket);
    work(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port; // it listens on a port
};

describe('PostgreSQL', () => {
  /** The tests' own server; everything in a schema that goes with the session. */
  const start = async () => {
    const { port, user, password, database } = await postgres();
    await db('connect', {
      connectionMode: 'USER',
      serverType: 'PostgreSQL',
      serverName: '127.0.0.1',
      port,
      databaseName: database,
      username: new BotCredential(() => user),
      password: new BotCredential(() => password),
    });
    await run(
      'create temporary table orders (id int primary key, item text, price numeric(9,2), at timestamp, big bigint, paid boolean)',
    );
    await run(
      "insert into orders values (1, 'Pens', 10.50, '2024-02-05 10:00:00', 9007199254740993, true), (2, null, 3, null, 5, false)",
    );
  };

  it('gives rows: numbers as numbers, what a double cannot hold as texts, nothing as an empty text', async () => {
    await start();
    expect(await rows('select * from orders order by id')).toEqual([
      [1, 'Pens', '10.50', '2024-02-05 10:00:00', '9007199254740993', true],
      [2, '', '3.00', '', 5, false],
    ]);
  });

  it('keeps the rows of a query for the loop, and exports them', async () => {
    await start();
    await expect(loop('Database.iterators.resultset', { session: 'db' }, host)).rejects.toThrow(/no rows yet/);
    await db('sqlQuery', { query: 'select id, item from orders order by id', doExport: true, filePath: 'out.csv' });
    const records = await loop('Database.iterators.resultset', { session: 'db' }, host);
    expect(records).toMatchObject([
      {
        columns: [
          { name: 'id', type: 'NUMBER' },
          { name: 'item', type: 'STRING' },
        ],
        values: [1, 'Pens'],
      },
      { values: [2, ''] },
    ]);
    expect(readFileSync(at('out.csv'), 'utf8')).toBe(`id,item${EOL}1,Pens${EOL}2,${EOL}`);
  });

  it('gives the rows of the first of several selects', async () => {
    await start();
    expect(await rows("set datestyle = 'ISO'; select 1 as a, 2 as b; select 3 as c")).toEqual([[1, 2]]);
    expect(await rows('select 1 where false; select 3 as c')).toEqual([]);
  });

  it('counts what it changes', async () => {
    await start();
    expect(await run("update orders set item = 'x'")).toBe(2);
    expect(await run('delete from orders where id = 9')).toBe(0);
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
    await expect(db('commit')).rejects.toThrow(/No transaction is open/);
    await db('begin');
    await db('disconnect');
    expect(host.lines).toEqual([expect.stringMatching(/it was rolled back/)]);
  });

  it('puts a table in, all rows or none', async () => {
    await start();
    expect(
      await db('batchInsert', { tableName: 'orders', dataTable: table(['id', 'item'], ['7', "O'Hara"], [8, null]) }),
    ).toBe(2);
    const twice = table(['id', 'item'], ['9', 'a'], ['9', 'b']);
    await expect(db('batchInsert', { tableName: 'orders', dataTable: twice })).rejects.toThrow(/duplicate key/);
    expect(await rows('select id, item from orders where id > 2 order by id')).toEqual([
      [7, "O'Hara"],
      [8, ''],
    ]);
  });

  it('calls procedures and functions', async () => {
    await start();
    await run(
      "create procedure pg_temp.twice(n int, inout double int) language plpgsql as 'begin double := n * 2; end'",
    );
    await run("create function pg_temp.plus(n int) returns int language sql as 'select n + 1'");
    const entry = (name: string, direction: string, value: BotValue) =>
      new Map<string, BotValue>([
        ['name', name],
        ['direction', direction],
        ['value', value],
      ]);
    const outputs = await db('store', {
      procedureName: 'pg_temp.twice',
      entryList: [entry('n', 'IN', 21), entry('double', 'INOUT', '0')],
    });
    expect(outputs).toEqual(new Map([['double', 42]]));
    await db('store', { procedureName: 'pg_temp.plus', entryList: [entry('n', 'IN', '1')] });
    expect(await loop('Database.iterators.resultset', { session: 'db' }, host)).toMatchObject([{ values: [2] }]);
    await expect(db('store', { procedureName: 'none' })).rejects.toThrow(/no procedure "none"/);
  });

  it('gives up in time, and the connection lives on', async () => {
    await start();
    await expect(db('exportToDataTable', { query: 'select pg_sleep(30)', timeOut: 0.2 })).rejects.toThrow(
      /statement timeout/,
    );
    expect(await rows('select 1')).toEqual([[1]]);
  });

  it('ends when the run is stopped', async () => {
    await start();
    const waiting = db('exportToDataTable', { query: 'select pg_sleep(30)' });
    setImmediate(host.stop);
    await expect(waiting).rejects.toThrow(/aborted/);
  });

  it('stops at the bound of rows', async () => {
    await start();
    await expect(rows('select 1 from generate_series(1, 600000)')).rejects.toThrow(/more than 500000 rows/);
  });

  it('says nothing of the password when it is not let in', async () => {
    const { port } = await postgres();
    const url = `postgresql://nobody:wrong-secret@127.0.0.1:${port}/nowhere`;
    const failed = await message(open(url));
    expect(failed).toMatch(/The connection to the database failed/);
    expect(failed).not.toContain('wrong-secret');
    host = testHost();
    await expect(open(url)).rejects.toThrow(/may make no calls/);
  });
});

describe('SQLite', () => {
  it('reads and writes a file', async () => {
    new DatabaseSync(at('a.db')).exec(
      "create table t (id integer, name text, big integer); insert into t values (1, 'Ada', 9007199254740993), (2, null, 1)",
    );
    await open('jdbc:sqlite:a.db');
    expect(await rows('select * from t')).toEqual([
      [1, 'Ada', '9007199254740993'],
      [2, '', 1],
    ]);
    expect(await run("update t set name = 'Bo' where id = 2")).toBe(1);
    await db('begin');
    await run('delete from t');
    await db('commit', { endOption: 'ROLLBACK' });
    await db('batchInsert', { tableName: 't', dataTable: table(['id', 'name'], [3, 'Cy']) });
    await db('disconnect');
    expect(new DatabaseSync(at('a.db')).prepare('select name from t order by id').all()).toMatchObject([
      { name: 'Ada' },
      { name: 'Bo' },
      { name: 'Cy' },
    ]);
  });

  it('says what is wrong with a statement', async () => {
    await open('jdbc:sqlite::memory:');
    await expect(rows('select * from none')).rejects.toThrow(/no such table: none/);
    await expect(db('store', { procedureName: 'p' })).rejects.toThrow(/no stored procedures/);
  });
});

describe('Excel as a database', () => {
  const source = (more = '') =>
    `Provider=Microsoft.ACE.OLEDB.12.0;Data Source=book.xlsx;Extended Properties="Excel 12.0;HDR=YES${more}"`;
  const workbook = () => {
    const book = utils.book_new();
    utils.book_append_sheet(
      book,
      utils.aoa_to_sheet([
        ['Name', 'Age', 'Order No'],
        ['Ada', 36, 'A1'],
        ['Bo', 7, 'B2'],
        ['Cy', 20, ''],
      ]),
      'People',
    );
    utils.book_append_sheet(book, utils.aoa_to_sheet([['x']]), 'Other');
    writeFileSync(at('book.xlsx'), write(book, { type: 'buffer', bookType: 'xlsx' }));
  };
  const saved = () => utils.sheet_to_csv(read(readFileSync(at('book.xlsx'))).Sheets.People ?? {}).trim();

  it('selects from sheets and ranges', async () => {
    workbook();
    await open(source());
    expect(await rows('SELECT [Name], [Order No] FROM [People$] WHERE Age > 10 ORDER BY Name DESC')).toEqual([
      ['Cy', ''],
      ['Ada', 'A1'],
    ]);
    expect(await rows('SELECT TOP 1 UCASE(Name) FROM [People$A1:B3]')).toEqual([['ADA']]);
    expect(await rows('SELECT count(*) FROM [People$A1:B3]')).toEqual([[2]]);
    await expect(rows('SELECT * FROM [None$]')).rejects.toThrow(/no such table/);
  });

  it('writes back what was changed when it is closed, and only then', async () => {
    workbook();
    await open(source());
    expect(await run("UPDATE [People$] SET Age = 8 WHERE Name = 'Bo'")).toBe(1);
    await run("INSERT INTO [People$] (Name, Age) VALUES ('Di', 50)");
    expect(saved()).toContain('Bo,7');
    await db('disconnect', { dosaveData: true });
    expect(saved()).toBe('Name,Age,Order No\nAda,36,A1\nBo,8,B2\nCy,20,\nDi,50,');
  });

  it('leaves the file alone when told not to save, or when nothing was changed', async () => {
    workbook();
    const before = readFileSync(at('book.xlsx'));
    await open(source());
    await run('DELETE FROM [People$]');
    await db('disconnect', { dosaveData: false });
    await open(source());
    await rows('SELECT * FROM [People$]');
    await db('disconnect');
    expect(readFileSync(at('book.xlsx'))).toEqual(before);
  });
});

describe('CSV files as a database', () => {
  it('joins, changes and writes back', async () => {
    mkdirSync(at('in'));
    writeFileSync(at('in/orders.csv'), 'id,customer\r\n1,a\r\n2,b\r\n');
    writeFileSync(at('in/customers.csv'), 'id,name\r\na,"Ada, Inc"\r\nb,Bo\r\n');
    await open('Provider=Microsoft.ACE.OLEDB.12.0;Data Source=in;Extended Properties="text;HDR=Yes;FMT=Delimited"');
    expect(
      await rows('select o.id, c.name from orders.csv o join [customers.csv] c on c.id = o.customer order by 1'),
    ).toEqual([
      ['1', 'Ada, Inc'],
      ['2', 'Bo'],
    ]);
    await run("update [orders#csv] set customer = 'c' where id = '2'");
    await db('disconnect');
    expect(readFileSync(at('in/orders.csv'), 'utf8')).toBe('id,customer\r\n1,a\r\n2,c\r\n');
    expect(readFileSync(at('in/customers.csv'), 'utf8')).toContain('"Ada, Inc"');
  });
});

describe('MySQL', () => {
  /** A server that speaks the protocol and knows a few statements. */
  const serve = async () => {
    const heard: string[] = [];
    const server = createServer(() => {});
    server.on('connection', (connection) => {
      connection.on('error', () => {});
      connection.serverHandshake({
        protocolVersion: 4,
        serverVersion: '8.0.0',
        connectionId: 1,
        statusFlags: 2,
        characterSet: 8,
        capabilityFlags: 0xffffff ^ 0x800,
        authCallback: (_login: unknown, done: (error: null) => void) => done(null),
      });
      connection.on('query', (sql: string) => {
        heard.push(sql);
        Object.assign(connection, { sequenceId: 1 }); // each command counts its packets anew
        if (/^select/.test(sql)) {
          const column = (name: string, columnType: number) => ({
            catalog: 'def',
            schema: 's',
            table: 't',
            orgTable: 't',
            name,
            orgName: name,
            characterSet: 33,
            columnLength: 100,
            columnType,
            flags: 0,
            decimals: 0,
          });
          connection.writeTextResult(
            [
              { id: 7, name: 'Ada' },
              { id: 8, name: null },
            ],
            [column('id', 3), column('name', 253)],
          );
        } else if (/^bad/.test(sql)) connection.writeError({ code: 1064, message: 'You have an error' });
        else connection.writeOk({ affectedRows: 3 });
        Object.assign(connection, { sequenceId: 0 });
      });
    });
    server.listen(0);
    // The type of mysql2 hides the net.Server inside, which is what says the port.
    const inner = (server as unknown as { _server: Server })._server;
    await new Promise((resolve) => inner.once('listening', resolve));
    onTestFinished(() => new Promise<void>((resolve) => inner.close(() => resolve())));
    return { heard, port: (inner.address() as AddressInfo).port };
  };

  it('speaks to a server', async () => {
    const { heard, port } = await serve();
    await open(`jdbc:mysql://127.0.0.1:${port}/sales?user=u&password=p`);
    expect(await rows('select id, name from t')).toEqual([
      [7, 'Ada'],
      [8, ''],
    ]);
    expect(await run('update t set id = 1')).toBe(3);
    await expect(run('bad')).rejects.toThrow(/You have an error/);
    await db('batchInsert', { tableName: 's.t', dataTable: table(['id', 'na`me'], [1, "O'Hara"]) });
    await db('disconnect');
    expect(heard).toContain("insert into `s`.`t` (`id`, `na``me`) values (1, _utf8mb4 x'4f2748617261')");
    expect(heard.filter((sql) => /transaction|commit/.test(sql))).toEqual(['start transaction', 'commit']);
  });
});

describe('SQL Server', () => {
  it('is called where the connection says, and its silence is told', async () => {
    const port = await tcp((socket) => socket.end());
    const failed = await message(
      open(`Driver={SQL Server};Server=127.0.0.1,${port};Database=x;Uid=u;Pwd=hunter2;Encrypt=no`),
    );
    expect(failed).toMatch(/The connection to the database failed/);
    expect(failed).not.toContain('hunter2');
    await expect(open('Driver={SQL Server};Server=127.0.0.1\\PROD;Database=x;Uid=u;Pwd=p')).rejects.toThrow(
      /Give the port of the instance/,
    );
  });
});
