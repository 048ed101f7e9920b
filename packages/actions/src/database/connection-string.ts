import { BotError } from '@signalbox/taskbot';

/** What a bot wants to be connected to, whichever way it says so. */
export type DatabaseTarget =
  | ServerTarget
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'excel'; readonly file: string; readonly header: boolean; readonly asText: boolean }
  | {
      readonly kind: 'text';
      readonly folder: string;
      readonly header: boolean;
      readonly delimiter: string;
    };

export interface ServerTarget {
  readonly kind: 'postgresql' | 'mysql' | 'sqlserver';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly encrypt: boolean;
  /** Takes a certificate that nobody vouches for. */
  readonly trustCertificate: boolean;
  /** A named instance of SQL Server. */
  readonly instance: string;
}

const PORTS = { postgresql: 5432, mysql: 3306, sqlserver: 1433 } as const;

/**
 * Reads the strings of real bots: JDBC URLs, ADO and ODBC `key=value;` lists, plain URLs. User and password given
 * beside them win. Errors never repeat the string: it holds the password.
 */
export const parseConnection = (text: string, login: { user: string; password: string }): DatabaseTarget => {
  const trimmed = text.trim();
  if (trimmed === '') throw new BotError('Expected a connection string, but it is empty.');
  const target = /^(jdbc:|[a-z]+:\/\/)/i.test(trimmed) ? fromUrl(trimmed) : fromPairs(trimmed);
  if (!('host' in target)) return target;
  if (target.host === '') throw new BotError('The connection string names no server.');
  return {
    ...target,
    ...(login.user === '' ? {} : { user: login.user }),
    ...(login.password === '' ? {} : { password: login.password }),
  };
};

const fromUrl = (text: string): DatabaseTarget => {
  const url = text.replace(/^jdbc:/i, '');
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  switch (scheme) {
    case 'postgresql':
    case 'postgres':
      return fromServerUrl('postgresql', url);
    case 'mysql':
    case 'mariadb':
      return fromServerUrl('mysql', url);
    case 'sqlserver':
    case 'jtds':
      return fromSqlServerUrl(url.replace(/^jtds:sqlserver/i, 'sqlserver'));
    case 'sqlite':
      return { kind: 'sqlite', file: url.replace(/^sqlite:(\/\/)?/i, '').replace(/\?.*$/, '') };
    default:
      throw unsupported(scheme);
  }
};

/** `jdbc:postgresql:database` and `jdbc:postgresql://host/database`. */
const fromServerUrl = (kind: 'postgresql' | 'mysql', text: string): ServerTarget => {
  let url: URL;
  try {
    url = new URL(/^\w+:\/\//.test(text) ? text : text.replace(/^(\w+):/, '$1://localhost/'));
  } catch {
    throw new BotError(
      'The connection string is no valid URL. Expected jdbc:postgresql://host:5432/database?user=…&password=…, with special characters of the password percent-encoded.',
    );
  }
  const options = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const mode = (options.get('sslmode') ?? options.get('ssl-mode') ?? '').toLowerCase().replace('_', '-');
  const asked = /^(true|1)$/i.test(options.get('ssl') ?? options.get('usessl') ?? '');
  const verified = mode.startsWith('verify') || /^true$/i.test(options.get('verifyservercertificate') ?? '');
  return {
    kind,
    host: decodeURIComponent(url.hostname),
    port: url.port === '' ? PORTS[kind] : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: options.get('user') ?? decodeURIComponent(url.username),
    password: options.get('password') ?? decodeURIComponent(url.password),
    encrypt: asked || ['require', 'required', 'verify-ca', 'verify-full', 'verify-identity'].includes(mode),
    // As the drivers of both define "require": encrypted, and nobody is asked who the server is.
    trustCertificate: !verified,
    instance: '',
  };
};

/** `sqlserver://host\instance:1433;databaseName=…;user=…`; values in braces may hold semicolons. */
const fromSqlServerUrl = (text: string): DatabaseTarget => {
  const [address = '', ...rest] = text.replace(/^sqlserver:\/\//i, '').split(';');
  const pairs = readPairs(rest.join(';'));
  const [place = '', path = ''] = address.split('/');
  const server = place === '' ? (pairs.get('servername') ?? pairs.get('server') ?? '') : place;
  return sqlServer(server, new Map([...(path === '' ? [] : [['database', path] as const]), ...pairs]));
};

const fromPairs = (text: string): DatabaseTarget => {
  const pairs = readPairs(text);
  const driver = (pairs.get('driver') ?? pairs.get('provider') ?? '').toLowerCase();
  const source = first(pairs, 'data source', 'dbq', 'datasource');
  if (/microsoft\.(ace|jet)\.oledb/.test(driver)) return fromOfficeFile(source, pairs);
  if (/microsoft excel driver/.test(driver)) return excel(source, pairs);
  if (/(microsoft|access) text/.test(driver)) return textFolder(first(pairs, 'dbq', 'defaultdir'), pairs);
  if (/microsoft access/.test(driver)) throw unsupported('Microsoft Access');
  if (/sqlite/.test(driver)) return { kind: 'sqlite', file: first(pairs, 'database', 'data source', 'dbq') };
  if (/postgre/.test(driver)) return server('postgresql', pairs);
  if (/mysql|mariadb/.test(driver)) return server('mysql', pairs);
  if (/sql server|sqloledb|sqlncli|msoledbsql|native client/.test(driver)) {
    return sqlServer(first(pairs, 'server', 'data source', 'address', 'addr'), pairs);
  }
  if (/oracle|oraoledb|msdaora/.test(driver)) throw unsupported('Oracle');
  if (pairs.has('dsn')) {
    throw new BotError(
      'The connection string names a data source of Windows (DSN), which is not there on this device. Write out driver, server and database.',
    );
  }
  // Without a driver it can only be ADO.NET's way to name a SQL Server.
  if (driver === '' && pairs.has('initial catalog')) return sqlServer(first(pairs, 'server', 'data source'), pairs);
  throw unsupported(driver);
};

const fromOfficeFile = (source: string, pairs: ReadonlyMap<string, string>): DatabaseTarget => {
  const extended = (pairs.get('extended properties') ?? '').toLowerCase();
  if (/text/.test(extended)) return textFolder(source, readPairs(extended), extended);
  if (/excel/.test(extended)) return excel(source, readPairs(extended));
  if (/\.(xlsx?|xlsm|xlsb)$/i.test(source)) return excel(source, pairs);
  throw unsupported('Microsoft Access');
};

const excel = (file: string, options: ReadonlyMap<string, string>): DatabaseTarget => ({
  kind: 'excel',
  file,
  header: !/^(no|0|false)$/i.test(options.get('hdr') ?? options.get('firstrowhasnames') ?? 'yes'),
  asText: options.get('imex') === '1',
});

/** @param text where `FMT=Delimited(;)` stands in full: its semicolon ends no pair */
const textFolder = (folder: string, options: ReadonlyMap<string, string>, text = ''): DatabaseTarget => {
  const format = options.get('fmt') ?? '';
  const custom = /delimited\((.)\)/i.exec(text === '' ? format : text)?.[1];
  return {
    kind: 'text',
    folder,
    header: !/^(no|0|false)$/i.test(options.get('hdr') ?? 'yes'),
    delimiter: /^tabdelimited$/i.test(format) ? '\t' : (custom ?? ','),
  };
};

const server = (kind: 'postgresql' | 'mysql', pairs: ReadonlyMap<string, string>): ServerTarget => {
  const mode = first(pairs, 'sslmode', 'ssl mode').toLowerCase();
  return {
    kind,
    host: first(pairs, 'server', 'host', 'servername', 'data source'),
    port: Number(first(pairs, 'port') || PORTS[kind]),
    database: first(pairs, 'database', 'initial catalog', 'db'),
    user: first(pairs, 'uid', 'user id', 'user', 'username'),
    password: first(pairs, 'pwd', 'password'),
    encrypt: /^(require|required|verify.*)$/.test(mode),
    trustCertificate: !/^verify/.test(mode),
    instance: '',
  };
};

const sqlServer = (place: string, pairs: ReadonlyMap<string, string>): ServerTarget => {
  if (/^(sspi|true|yes)$/i.test(first(pairs, 'integrated security', 'integratedsecurity', 'trusted_connection'))) {
    throw new BotError(
      'The connection string asks for the log-in of Windows, which this device does not pass on. Use a user and a password of the database.',
    );
  }
  const [named = '', port] = place.replace(/^tcp:/i, '').split(/[,:](?=\s*\d+\s*$)/);
  const [host = '', instance = ''] = named.trim().split('\\');
  return {
    kind: 'sqlserver',
    host: /^(\(local\)|\.)$/.test(host) ? 'localhost' : host,
    port: Number(port ?? (first(pairs, 'port', 'portnumber') || PORTS.sqlserver)),
    database: first(pairs, 'database', 'databasename', 'initial catalog'),
    user: first(pairs, 'user', 'uid', 'user id', 'username'),
    password: first(pairs, 'password', 'pwd'),
    encrypt: !/^(false|no|0|optional)$/i.test(first(pairs, 'encrypt', 'use encryption for data') || 'true'),
    trustCertificate: /^(true|yes|1)$/i.test(first(pairs, 'trustservercertificate', 'trust server certificate')),
    instance: instance === '' ? first(pairs, 'instancename', 'instance') : instance,
  };
};

/** `key=value;` with values in quotes or braces. */
const readPairs = (text: string): Map<string, string> => {
  const pairs = new Map<string, string>();
  const pattern = /\s*([^=;]+?)\s*=\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|\{((?:[^}]|\}\})*)\}|([^;]*))\s*(?:;|$)/g;
  for (const [, key = '', double, single, braced, bare] of text.matchAll(pattern)) {
    const value =
      double?.replaceAll('""', '"') ?? single?.replaceAll("''", "'") ?? braced?.replaceAll('}}', '}') ?? bare?.trim();
    pairs.set(key.toLowerCase(), value ?? '');
  }
  return pairs;
};

const first = (pairs: ReadonlyMap<string, string>, ...names: string[]): string => {
  for (const name of names) {
    const value = pairs.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return '';
};

export const unsupported = (name: string): BotError =>
  new BotError(
    `${name === '' ? 'This kind of connection string' : `"${name.slice(0, 40)}"`} is not supported. Databases are PostgreSQL, MySQL and MariaDB, SQL Server, SQLite, and Excel or CSV files.`,
  );
