import { action, attribute, BotError, BotSession, type Host } from '@signalbox/taskbot';
import { reachable } from '../network/index.ts';
import { devicePath } from '../support/device-path.ts';
import { revealed } from '../support/secret.ts';
import { closeSession, keepSession } from '../support/session.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { Connection, connectionOf, databaseFault } from './connection.ts';
import { type DatabaseTarget, parseConnection, unsupported } from './connection-string.ts';
import type { Driver } from './driver.ts';

/** `connectionURLCV` keeps the whole string in a credential: it holds the password. */
export const connect = action({
  package: 'Database',
  name: 'connect',
  summary: 'Connects to PostgreSQL, MySQL, SQL Server, SQLite, or Excel and CSV files as tables.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    connectionMode: attribute.choice(['DEFAULT', 'USER'], { note: 'A connection string, or its parts.' }),
    connectionOption: attribute.choice(['text', 'credential']),
    connectionURL: attribute.text({ alias: ['connectionString'] }),
    connectionURLCV: attribute.credential(),
    isUserDefinedDriver: attribute.flag({ note: 'Drivers of Windows are not used here.' }),
    use64BitDriver: attribute.flag(),
    serverType: attribute.text({ alias: ['databaseType', 'dbType'], note: '[inferred], as the next ones' }),
    serverName: attribute.text({ alias: ['server', 'host'] }),
    port: attribute.number({ alias: ['serverPort'] }),
    databaseName: attribute.text({ alias: ['database'], note: 'Of SQLite, Excel and CSV the file or folder.' }),
    instanceName: attribute.text({ alias: ['instance'] }),
    username: attribute.credential({ alias: ['userName', 'user'] }),
    password: attribute.credential({ alias: ['securedPassword'] }),
    timeOut: attribute.number({ note: 'Seconds until a connection is given up; 30 is the most.' }),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    const login = { user: revealed(input.username), password: revealed(input.password) };
    const target =
      input.connectionMode === 'USER'
        ? ofParts(input, login)
        : parseConnection(
            input.connectionOption === 'credential' ? revealed(input.connectionURLCV) : input.connectionURL,
            login,
          );
    const secrets = 'password' in target ? [target.password] : [];
    let driver: Driver;
    try {
      driver = await opened(target, host);
    } catch (cause) {
      if (host.signal.aborted || cause instanceof BotError) throw cause;
      throw databaseFault('The connection to the database failed', cause, secrets);
    }
    const connection = new Connection(driver, secrets);
    return keepSession(
      'Database',
      input.session,
      new BotSession('Database', connection, () => connection.close()),
      host,
    );
  },
});

/** Each driver is loaded by the first connection that needs it. */
const opened = async (target: DatabaseTarget, host: Host): Promise<Driver> => {
  switch (target.kind) {
    case 'sqlite': {
      const { SqliteDriver } = await import('./sqlite.ts');
      return new SqliteDriver(target.file === ':memory:' ? target.file : devicePath(target.file, host));
    }
    case 'excel': {
      const { openExcelTables } = await import('./file-tables.ts');
      return openExcelTables(devicePath(target.file, host), target, host);
    }
    case 'text': {
      const { openTextTables } = await import('./file-tables.ts');
      return openTextTables(devicePath(target.folder, host), target);
    }
    default:
      break;
  }
  const place = await reachable(target.host, target.port, host);
  switch (target.kind) {
    case 'postgresql': {
      const { connectPostgresql } = await import('./postgresql.ts');
      return untilStopped(connectPostgresql(target, place), host.signal);
    }
    case 'mysql': {
      const { connectMysql } = await import('./mysql.ts');
      return connectMysql(target, place, host.signal);
    }
    case 'sqlserver': {
      const { connectSqlServer } = await import('./sql-server.ts');
      return connectSqlServer(target, place, host.signal);
    }
  }
};

const KINDS: readonly (readonly [RegExp, 'postgresql' | 'mysql' | 'sqlserver', number])[] = [
  [/postgre/i, 'postgresql', 5432],
  [/my\s*sql|maria/i, 'mysql', 3306],
  [/sql\s*server|mssql/i, 'sqlserver', 1433],
];

const ofParts = (
  input: {
    readonly serverType: string;
    readonly serverName: string;
    readonly port: number | undefined;
    readonly databaseName: string;
    readonly instanceName: string;
  },
  login: { readonly user: string; readonly password: string },
): DatabaseTarget => {
  if (/sqlite/i.test(input.serverType)) return { kind: 'sqlite', file: input.databaseName };
  const found = KINDS.find(([pattern]) => pattern.test(input.serverType));
  if (found === undefined) throw unsupported(input.serverType);
  const [, kind, port] = found;
  if (input.serverName.trim() === '') throw new BotError('Expected the name of the database server, but it is empty.');
  return {
    kind,
    host: input.serverName.trim(),
    port: input.port ?? port,
    database: input.databaseName,
    ...login,
    encrypt: kind === 'sqlserver',
    trustCertificate: false,
    instance: input.instanceName,
  };
};

/** Servers keep what was committed. For Excel and CSV `dosaveData` writes the changes back, unless it says no. */
export const disconnect = action({
  package: 'Database',
  name: 'disconnect',
  summary: 'Closes the connection; an open transaction is rolled back, changed Excel and CSV files are saved.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    dosaveData: attribute.flag({ fallback: true, alias: ['doSaveData'] }),
  },
  run: async (input, host) => {
    const connection = connectionOf(input.session, host);
    connection.keep = input.dosaveData;
    if (connection.inTransaction) {
      host.log(
        'warn',
        'The database connection was closed with an open transaction: it was rolled back. Commit it before.',
      );
      await connection.end('rollback', host);
    }
    return closeSession('Database', input.session, host);
  },
});
