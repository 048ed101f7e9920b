import { isIP } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { TransitSettings } from './key-service.ts';
import type { LogLevel } from './log.ts';

/** Everything that can be set from outside, read once at the start, by concern. */
export interface Configuration {
  readonly http: {
    readonly port: number;
    readonly host: string;
    /** what clients are told to call, without a slash at the end */
    readonly publicUrl: string;
    readonly maxUploadBytes: number;
  };
  /** absolute */
  readonly dataDir: string;
  readonly database: {
    /** one's own PostgreSQL; without it the embedded one is started in the data folder */
    readonly url: string | undefined;
    /** off only to measure what committing in groups is worth */
    readonly groupCommit: boolean;
  };
  readonly identity: {
    readonly adminUsername: string;
    /** without it the first start makes one and shows it */
    readonly adminPassword: string | undefined;
    readonly passwordPolicy: PasswordPolicy;
    /** how long the token of an API Task lives */
    readonly taskTokenSeconds: number;
  };
  readonly apiTasks: {
    /** how long a real-time call may take; then it is answered with 504 */
    readonly timeLimitSeconds: number;
    /** how long a run on demand may take */
    readonly onDemandTimeLimitSeconds: number;
    /** how many runs on demand may be under way in the whole installation */
    readonly onDemandSlots: number;
    /** what the thread of a bot may take */
    readonly memoryMegabytes: number;
    /** whom bots may call: `public`, `private`, `loopback`, or networks such as 10.1.0.0/16 */
    readonly outgoingAllow: readonly string[];
    readonly outgoingDeny: readonly string[];
  };
  readonly vault: {
    /** who wraps the vault key instead of this server's own root key */
    readonly keyService: TransitSettings | undefined;
  };
  readonly auditLog: {
    /** where checkpoints of the sealed log are kept besides: a file (absolute), or an address that takes a POST */
    readonly checkpoints: string | undefined;
    /** whole months that are kept besides the present one; without it all are */
    readonly retentionMonths: number | undefined;
  };
  readonly runs: {
    /** days that the record keeps runs after their end; without it all are kept */
    readonly retentionDays: number | undefined;
    /** what one run may leave behind */
    readonly artifacts: { readonly most: number; readonly mostBytes: number };
  };
  readonly log: { readonly level: LogLevel };
  /** sentences about settings that look like typing errors: nothing reads them */
  readonly warnings: readonly string[];
}

/** `compatible` accepts the passwords the original accepts, `safe` only such as are worth the name. */
export type PasswordPolicy = (typeof PASSWORD_POLICIES)[number];

/** What is set cannot be used; the first line names every setting that is wrong. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const PASSWORD_POLICIES = ['safe', 'compatible'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const GIB = 1024 ** 3;

/** The names, and how each is called on the command line. Secrets are not: everybody on the machine sees that line. */
const SETTINGS: Readonly<Record<string, { readonly flag?: string }>> = {
  PORT: { flag: 'port' },
  HOST: { flag: 'host' },
  DATABASE_URL: {},
  SIGNALBOX_DATA_DIR: { flag: 'data-dir' },
  SIGNALBOX_PUBLIC_URL: { flag: 'public-url' },
  SIGNALBOX_ADMIN_USERNAME: { flag: 'admin-username' },
  SIGNALBOX_ADMIN_PASSWORD: {},
  SIGNALBOX_PASSWORD_POLICY: { flag: 'password-policy' },
  SIGNALBOX_LOG_LEVEL: { flag: 'log-level' },
  SIGNALBOX_GROUP_COMMIT: { flag: 'group-commit' },
  SIGNALBOX_MAX_UPLOAD_BYTES: { flag: 'max-upload-bytes' },
  SIGNALBOX_API_TASK_TOKEN_SECONDS: {},
  SIGNALBOX_API_TASK_TIME_LIMIT_SECONDS: {},
  SIGNALBOX_API_TASK_MEMORY_MEGABYTES: {},
  SIGNALBOX_ON_DEMAND_TIME_LIMIT_SECONDS: {},
  SIGNALBOX_ON_DEMAND_SLOTS: {},
  SIGNALBOX_AUDIT_CHECKPOINTS: {},
  SIGNALBOX_AUDIT_RETENTION_MONTHS: {},
  SIGNALBOX_RUN_RETENTION_DAYS: {},
  SIGNALBOX_RUN_ARTIFACTS: {},
  SIGNALBOX_RUN_ARTIFACT_MEGABYTES: {},
  SIGNALBOX_OUTGOING_ALLOW: {},
  SIGNALBOX_OUTGOING_DENY: {},
  SIGNALBOX_VAULT_KEY_SERVICE_URL: {},
  SIGNALBOX_VAULT_KEY_SERVICE_KEY: {},
  SIGNALBOX_VAULT_KEY_SERVICE_TOKEN: {},
  SIGNALBOX_VAULT_KEY_SERVICE_TOKEN_FILE: {},
  SIGNALBOX_VAULT_KEY_SERVICE_NAMESPACE: {},
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration out of environment variables, overruled by command line flags (`--port 9000`). An empty value
 * counts as not set, as in the files of docker compose.
 * @param argv without the program's own name: `process.argv.slice(2)`
 * @throws ConfigurationError
 */
export function readConfiguration(env: Environment, argv: readonly string[] = []): Configuration {
  const problems: Problem[] = [];
  const values = { ...env, ...readFlags(argv) };

  const read = <T>(name: string, fallback: T, expected: string, parse: (text: string) => T | undefined): T => {
    const text = values[name]?.trim();
    if (text === undefined || text === '') return fallback;
    const parsed = parse(text);
    if (parsed !== undefined) return parsed;
    problems.push({ name, came: shown(name, text), expected });
    return fallback;
  };
  const oneOf = <T extends string>(name: string, fallback: T, choices: readonly T[]): T =>
    read(name, fallback, `one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text));
  const text = (name: string, fallback: string): string => read(name, fallback, 'a text', (value) => value);

  const whole = (name: string, fallback: number, least: number, most: number): number =>
    read(name, fallback, `a whole number from ${least} to ${most}`, (value) => wholeNumber(value, least, most));
  const networks = (name: string, fallback: readonly string[]): readonly string[] =>
    read(name, fallback, 'words such as public, private, loopback or 10.1.0.0/16, with commas between', networkWords);

  const optional = (name: string): string | undefined =>
    read<string | undefined>(name, undefined, 'a text', (value) => value);

  const keyServiceUrl = read<string | undefined>(
    'SIGNALBOX_VAULT_KEY_SERVICE_URL',
    undefined,
    'an https URL (http for this machine only)',
    confidentialUrl,
  );
  const port = read('PORT', 8080, 'a whole number from 0 to 65535', (value) => wholeNumber(value, 0, 65_535));
  const host = text('HOST', '127.0.0.1');
  const configuration: Configuration = {
    http: {
      port,
      host,
      publicUrl: read('SIGNALBOX_PUBLIC_URL', defaultUrl(host, port), 'an http or https URL', httpUrl),
      maxUploadBytes: read('SIGNALBOX_MAX_UPLOAD_BYTES', 2 * GIB, 'a whole number of bytes, at least 1', (value) =>
        wholeNumber(value, 1, Number.MAX_SAFE_INTEGER),
      ),
    },
    dataDir: path.resolve(text('SIGNALBOX_DATA_DIR', '.signalbox')),
    database: {
      url: read<string | undefined>('DATABASE_URL', undefined, 'a postgres:// URL', postgresUrl),
      groupCommit: oneOf('SIGNALBOX_GROUP_COMMIT', 'on', ['on', 'off']) === 'on',
    },
    identity: {
      adminUsername: text('SIGNALBOX_ADMIN_USERNAME', 'admin'),
      // Not trimmed: a blank at the end of a password is part of it.
      adminPassword: values.SIGNALBOX_ADMIN_PASSWORD || undefined,
      passwordPolicy: oneOf('SIGNALBOX_PASSWORD_POLICY', 'safe', PASSWORD_POLICIES),
      taskTokenSeconds: whole('SIGNALBOX_API_TASK_TOKEN_SECONDS', 1_200, 300, 43_200),
    },
    apiTasks: {
      timeLimitSeconds: whole('SIGNALBOX_API_TASK_TIME_LIMIT_SECONDS', 60, 1, 600),
      onDemandTimeLimitSeconds: whole('SIGNALBOX_ON_DEMAND_TIME_LIMIT_SECONDS', 900, 1, 86_400),
      onDemandSlots: whole('SIGNALBOX_ON_DEMAND_SLOTS', 4, 1, 1_000),
      memoryMegabytes: whole('SIGNALBOX_API_TASK_MEMORY_MEGABYTES', 128, 32, 4_096),
      outgoingAllow: networks('SIGNALBOX_OUTGOING_ALLOW', ['public', 'private']),
      outgoingDeny: networks('SIGNALBOX_OUTGOING_DENY', []),
    },
    vault: {
      keyService:
        keyServiceUrl === undefined
          ? undefined
          : {
              url: keyServiceUrl,
              key: read('SIGNALBOX_VAULT_KEY_SERVICE_KEY', 'signalbox', 'a name or mount/name', keyName),
              token: optional('SIGNALBOX_VAULT_KEY_SERVICE_TOKEN'),
              tokenFile: optional('SIGNALBOX_VAULT_KEY_SERVICE_TOKEN_FILE'),
              namespace: optional('SIGNALBOX_VAULT_KEY_SERVICE_NAMESPACE'),
            },
    },
    auditLog: {
      checkpoints: read<string | undefined>(
        'SIGNALBOX_AUDIT_CHECKPOINTS',
        undefined,
        'a file, or an http or https URL',
        (value) => (/^[a-z]+:\/\//i.test(value) ? httpUrl(value) : path.resolve(value)),
      ),
      retentionMonths: read<number | undefined>(
        'SIGNALBOX_AUDIT_RETENTION_MONTHS',
        undefined,
        'a whole number of months from 1 to 1200',
        (value) => wholeNumber(value, 1, 1_200),
      ),
    },
    runs: {
      retentionDays: whole('SIGNALBOX_RUN_RETENTION_DAYS', 0, 0, 36_500) || undefined,
      artifacts: {
        most: whole('SIGNALBOX_RUN_ARTIFACTS', 1_000, 0, 10_000),
        mostBytes: whole('SIGNALBOX_RUN_ARTIFACT_MEGABYTES', 200, 1, 10_240) * 1024 ** 2,
      },
    },
    log: { level: oneOf('SIGNALBOX_LOG_LEVEL', 'info', LOG_LEVELS) },
    warnings: unknownNames(env),
  };
  if (problems.length > 0) throw new ConfigurationError(complaint(problems));
  return freezeDeep(configuration);
}

interface Problem {
  readonly name: string;
  readonly came: string;
  readonly expected: string;
}

function complaint(problems: readonly Problem[]): string {
  const lines = problems.map(({ name, came, expected }) => `${name} is ${came}, but should be ${expected}.`);
  if (problems.length === 1) return lines.join('');
  return [`These settings cannot be used: ${problems.map(({ name }) => name).join(', ')}.`, ...lines].join('\n');
}

/** What came, for the message. A URL may hold a password, so that of a database is never shown. */
function shown(name: string, value: string): string {
  if (/PASSWORD(?!_POLICY)|DATABASE_URL|SECRET|KEY|TOKEN/.test(name)) return 'something else (not shown)';
  return JSON.stringify(value.replace(/\/\/[^/]*@/, '//…@'));
}

function readFlags(argv: readonly string[]): Record<string, string> {
  const named = Object.entries(SETTINGS).flatMap(([name, { flag }]) => (flag === undefined ? [] : [{ name, flag }]));
  const options = Object.fromEntries(named.map(({ flag }) => [flag, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(
      named.flatMap(({ name, flag }) => {
        const value = values[flag];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  } catch {
    // The parser's own message would repeat the argument, which may be a secret put in the wrong place.
    const known = named.map(({ flag }) => `--${flag}`).join(', ');
    throw new ConfigurationError(
      `The command line cannot be understood: each flag takes a value, and known are ${known}.`,
    );
  }
}

/** Only our own prefix: whatever else stands in the environment is not ours to judge. */
/** Settings of the runner, which reads them itself; both may be started from one environment. */
function isRunners(name: string): boolean {
  return name === 'SIGNALBOX_URL' || name === 'SIGNALBOX_BROWSER_PATH' || name.startsWith('SIGNALBOX_RUNNER_');
}

function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('SIGNALBOX_') && !Object.hasOwn(SETTINGS, name) && !isRunners(name))
    .sort()
    .map((name) => `${name} is set, but there is no such setting.`);
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

/** Whether a word is a network is found where the rules are made; here only that it may be one. */
function networkWords(text: string): readonly string[] | undefined {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const known = words.every((word) => /^(public|private|loopback)$/.test(word) || isNetwork(word));
  return known ? words : undefined;
}

function isNetwork(word: string): boolean {
  const [address = '', bits, ...rest] = word.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || wholeNumber(bits, 0, family === 4 ? 32 : 128) !== undefined;
}

function httpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    return undefined;
  return url.href.replace(/\/+$/, '');
}

/** Keys travel to it, so nobody between may read along. */
function confidentialUrl(text: string): string | undefined {
  const url = httpUrl(text);
  return url !== undefined && /^(https:|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$))/.test(url)
    ? url
    : undefined;
}

function keyName(text: string): string | undefined {
  return /^[\w.-]+(\/[\w.-]+)*$/.test(text) && !/(^|\/)\.\.?(\/|$)/.test(text) ? text : undefined;
}

function postgresUrl(text: string): string | undefined {
  // Not `new URL`: a socket folder as host (`postgres://user@/name?host=/run`) is no URL in its eyes, and is one here.
  return /^postgres(ql)?:\/\/\S+$/.test(text) ? text : undefined;
}

/** An address that means "every interface" cannot be called; this machine's own can. */
function defaultUrl(host: string, port: number): string {
  const callable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${callable.includes(':') ? `[${callable}]` : callable}:${port}`;
}

function freezeDeep<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeDeep(part);
  return Object.freeze(value);
}
