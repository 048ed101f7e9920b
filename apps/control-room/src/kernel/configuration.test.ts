import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfiguration } from './configuration.ts';

function messageOf(env: Record<string, string>, argv: string[] = []): string {
  try {
    readConfiguration(env, argv);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
}

describe('the configuration', () => {
  it('takes networks as words and addresses, and names what is none', () => {
    const { outgoingAllow } = readConfiguration({ SIGNALBOX_OUTGOING_ALLOW: 'public, 10.1.0.0/16,::1' }).apiTasks;
    expect(outgoingAllow).toEqual(['public', '10.1.0.0/16', '::1']);
    expect(() => readConfiguration({ SIGNALBOX_OUTGOING_ALLOW: 'everybody' })).toThrow('SIGNALBOX_OUTGOING_ALLOW');
    expect(() => readConfiguration({ SIGNALBOX_OUTGOING_DENY: '10.0.0.0/33' })).toThrow('SIGNALBOX_OUTGOING_DENY');
  });

  it('has a good value for everything', () => {
    expect(readConfiguration({})).toEqual({
      http: { port: 8080, host: '127.0.0.1', publicUrl: 'http://127.0.0.1:8080', maxUploadBytes: 2147483648 },
      dataDir: path.resolve('.signalbox'),
      database: { url: undefined, groupCommit: true },
      identity: { adminUsername: 'admin', adminPassword: undefined, passwordPolicy: 'safe', taskTokenSeconds: 1_200 },
      apiTasks: {
        timeLimitSeconds: 60,
        onDemandTimeLimitSeconds: 900,
        onDemandSlots: 4,
        memoryMegabytes: 128,
        outgoingAllow: ['public', 'private'],
        outgoingDeny: [],
      },
      vault: { keyService: undefined },
      auditLog: { checkpoints: undefined, retentionMonths: undefined },
      runs: { retentionDays: undefined, artifacts: { most: 1_000, mostBytes: 209_715_200 } },
      log: { level: 'info' },
      warnings: [],
    });
  });

  it.each([
    [{ PORT: '9000' }, { http: { port: 9000, publicUrl: 'http://127.0.0.1:9000' } }],
    [{ PORT: '' }, { http: { port: 8080 } }],
    [{ HOST: '0.0.0.0' }, { http: { host: '0.0.0.0', publicUrl: 'http://localhost:8080' } }],
    [{ HOST: '::1' }, { http: { publicUrl: 'http://[::1]:8080' } }],
    [{ SIGNALBOX_PUBLIC_URL: 'https://rpa.example/cr/' }, { http: { publicUrl: 'https://rpa.example/cr' } }],
    [{ SIGNALBOX_MAX_UPLOAD_BYTES: '1024' }, { http: { maxUploadBytes: 1024 } }],
    [{ SIGNALBOX_DATA_DIR: 'x/y' }, { dataDir: path.resolve('x/y') }],
    [{ DATABASE_URL: 'postgresql://u:p@db/x' }, { database: { url: 'postgresql://u:p@db/x' } }],
    [{ DATABASE_URL: 'postgres://u@/x?host=/run' }, { database: { url: 'postgres://u@/x?host=/run' } }],
    [{ SIGNALBOX_GROUP_COMMIT: 'off' }, { database: { groupCommit: false } }],
    [{ SIGNALBOX_ADMIN_USERNAME: 'root' }, { identity: { adminUsername: 'root' } }],
    [{ SIGNALBOX_ADMIN_PASSWORD: 'a b ' }, { identity: { adminPassword: 'a b ' } }],
    [{ SIGNALBOX_PASSWORD_POLICY: 'compatible' }, { identity: { passwordPolicy: 'compatible' } }],
    [{ SIGNALBOX_LOG_LEVEL: 'debug' }, { log: { level: 'debug' } }],
    [
      { SIGNALBOX_VAULT_KEY_SERVICE_URL: 'https://bao.example/', SIGNALBOX_VAULT_KEY_SERVICE_KEY: 'eu/transit/rpa' },
      { vault: { keyService: { url: 'https://bao.example', key: 'eu/transit/rpa', token: undefined } } },
    ],
    [
      {
        SIGNALBOX_VAULT_KEY_SERVICE_URL: 'http://127.0.0.1:8200',
        SIGNALBOX_VAULT_KEY_SERVICE_TOKEN_FILE: '/run/token',
      },
      { vault: { keyService: { url: 'http://127.0.0.1:8200', key: 'signalbox', tokenFile: '/run/token' } } },
    ],
  ])('reads %j', (env, expected) => {
    expect(readConfiguration(env as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    [{ PORT: 'http' }, 'PORT is "http", but should be a whole number from 0 to 65535.'],
    [{ PORT: '65536' }, 'PORT is "65536"'],
    [{ PORT: '80.5' }, 'PORT is "80.5"'],
    [{ SIGNALBOX_PUBLIC_URL: 'rpa.example' }, 'an http or https URL'],
    [{ SIGNALBOX_PUBLIC_URL: 'ftp://rpa.example' }, 'an http or https URL'],
    [{ SIGNALBOX_MAX_UPLOAD_BYTES: '2GB' }, 'SIGNALBOX_MAX_UPLOAD_BYTES is "2GB"'],
    [
      { SIGNALBOX_PASSWORD_POLICY: 'none' },
      'SIGNALBOX_PASSWORD_POLICY is "none", but should be one of safe, compatible.',
    ],
    [{ SIGNALBOX_LOG_LEVEL: 'loud' }, 'one of fatal, error'],
    [{ SIGNALBOX_GROUP_COMMIT: 'true' }, 'one of on, off'],
    [{ DATABASE_URL: 'mysql://u:p@db/x' }, 'DATABASE_URL is something else (not shown)'],
    [{ SIGNALBOX_VAULT_KEY_SERVICE_URL: 'http://bao.example' }, 'an https URL (http for this machine only)'],
    [{ SIGNALBOX_VAULT_KEY_SERVICE_URL: 'http://localhost.example' }, 'an https URL (http for this machine only)'],
    [
      { SIGNALBOX_VAULT_KEY_SERVICE_URL: 'https://bao.example', SIGNALBOX_VAULT_KEY_SERVICE_KEY: '../sys/seal' },
      'a name or mount/name',
    ],
  ])('refuses %j in one line', (env, expected) => {
    const message = messageOf(env as Record<string, string>);
    expect(message).toContain(expected);
    expect(message).not.toContain('\n');
  });

  it('names all that is wrong in the first line', () => {
    const [first, ...rest] = messageOf({ PORT: 'x', SIGNALBOX_LOG_LEVEL: 'y' }).split('\n');
    expect(first).toBe('These settings cannot be used: PORT, SIGNALBOX_LOG_LEVEL.');
    expect(rest).toHaveLength(2);
  });

  it.each([[{ DATABASE_URL: 'mysql://u:hunter2@db/x' }], [{ SIGNALBOX_PUBLIC_URL: 'https://u:hunter2@rpa.example' }]])(
    'never shows a secret: %j',
    (env) => {
      const message = messageOf(env as Record<string, string>);
      expect(message).not.toBe('');
      expect(message).not.toContain('hunter2');
    },
  );

  it('warns about names nobody reads', () => {
    const { warnings } = readConfiguration({ SIGNALBOX_LOGLEVEL: 'debug', SIGNALBOX_LOG_LEVEL: 'debug', OTHER: 'x' });
    expect(warnings).toEqual(['SIGNALBOX_LOGLEVEL is set, but there is no such setting.']);
  });

  it('lets the command line overrule the environment', () => {
    expect(readConfiguration({ PORT: '1' }, ['--port', '2', '--log-level=warn'])).toMatchObject({
      http: { port: 2 },
      log: { level: 'warn' },
    });
  });

  it.each([[['--prot', '2']], [['--port']], [['hunter2']], [['--admin-password', 'hunter2']]])(
    'refuses the command line %j',
    (argv) => {
      expect(messageOf({}, argv)).toContain('The command line cannot be understood');
      expect(messageOf({}, argv)).not.toContain('hunter2');
    },
  );

  it('cannot be changed afterwards, at any depth', () => {
    const configuration = readConfiguration({});
    expect(Object.isFrozen(configuration)).toBe(true);
    expect(Object.isFrozen(configuration.http)).toBe(true);
    expect(Object.isFrozen(configuration.warnings)).toBe(true);
  });
});
