import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { BotCredential, BotTable } from '@signalbox/taskbot';
import { FtpSrv } from 'ftp-srv';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startSftpServer } from './sftp-server.ts';
import { act, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = { ...testHost(), outgoing: { refusal: () => undefined } };
  mkdirSync(at('server/in'), { recursive: true });
});
afterEach(async () => {
  await host.sessions.close('FTP/SFTP', 'files').catch(() => {});
  removeFolder(host);
});

type Input = Parameters<typeof act>[1];
const at = (name: string) => join(host.folder, name);
const ftp = async (command: string, input: Input = {}) =>
  act(`FTP/SFTP.${command}`, { session: 'files', ...input }, host);
const LOGIN = { user: 'robot', password: 'hunter2' };

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** ftp-srv tells its whole life otherwise. */
const silent = Object.assign(Object.create(null), {
  child: () => silent,
  ...Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, () => {}])),
});

const ftpServer = async (): Promise<number> => {
  const port = await freePort();
  const server = new FtpSrv({ url: `ftp://127.0.0.1:${port}`, pasv_url: '127.0.0.1', log: silent });
  server.on('login', ({ username, password }, resolve, reject) => {
    if (username === LOGIN.user && password === LOGIN.password) resolve({ root: at('server') });
    else reject(new Error('no'));
  });
  await server.listen();
  onTestFinished(() => server.close());
  return port;
};

const sftpServer = async (): Promise<number> => {
  const server = await startSftpServer(at('server'), LOGIN);
  onTestFinished(server.close);
  return server.port;
};

const open = (protocol: string, port: number, more: Input = {}) =>
  ftp('connect', {
    protocol,
    hostName: '127.0.0.1',
    port,
    username: LOGIN.user,
    password: new BotCredential(() => LOGIN.password),
    ...more,
  });

describe.each([
  ['FTP', ftpServer],
  ['SFTP', sftpServer],
])('%s', (protocol, serve) => {
  it('sends and fetches files, over others only when told', async () => {
    await open(protocol, await serve());
    writeFileSync(at('a.csv'), 'one');
    writeFileSync(at('b.csv'), 'two');
    expect(await ftp('putFiles', { localPath: '*.csv', remotePath: '/in' })).toBe(2);
    expect(readFileSync(at('server/in/b.csv'), 'utf8')).toBe('two');
    await expect(ftp('putFiles', { localPath: 'a.csv', remotePath: '/in' })).rejects.toThrow(/on the server already/);
    expect(await ftp('putFiles', { localPath: 'a.csv', remotePath: '/in', overwrite: true })).toBe(1);

    const fetched = await ftp('getFiles', { remotePath: '/in/*.csv', localPath: 'out' });
    expect(fetched).toEqual([at('out/a.csv'), at('out/b.csv')]);
    expect(readFileSync(at('out/a.csv'), 'utf8')).toBe('one');
    await expect(ftp('getFiles', { remotePath: '/in/a.csv', localPath: 'out' })).rejects.toThrow(/exists already/);
    await expect(ftp('getFiles', { remotePath: '/in/none.csv', localPath: 'out' })).rejects.toThrow(
      /Cannot fetch "\/in\/none.csv"/,
    );
  });

  it('works with folders', async () => {
    await open(protocol, await serve());
    await ftp('createFolder', { folderPath: 'in/done/2024' });
    await ftp('changeFolder', { folderPath: '/in' });
    await expect(ftp('changeFolder', { folderPath: 'nowhere' })).rejects.toThrow(/Cannot list "\/in\/nowhere"/);
    writeFileSync(at('a.txt'), 'one');
    await ftp('putFiles', { localPath: 'a.txt' });
    const list = await ftp('list');
    expect(list instanceof BotTable && list.rows.map((row) => row.slice(0, 2))).toEqual([
      ['a.txt', 'file'],
      ['done', 'folder'],
    ]);
    await ftp('renameFiles', { remotePath: 'a.txt', newName: 'b.txt' });
    await ftp('renameFiles', { remotePath: 'b.txt', newName: 'done/b.txt' });
    expect(readdirSync(at('server/in/done')).sort()).toEqual(['2024', 'b.txt']);
    expect(await ftp('deleteFiles', { remotePath: 'done/*.txt' })).toBe(1);
    await ftp('deleteFolder', { folderPath: '/in/done' });
    expect(existsSync(at('server/in/done'))).toBe(false);
    await expect(ftp('deleteFolder', { folderPath: '/in/..' })).rejects.toThrow(/root of the server/);
  });

  it('closes, and does not tell a password that failed', async () => {
    const port = await serve();
    await open(protocol, port);
    await ftp('disconnect');
    await expect(ftp('list')).rejects.toThrow(/no open FTP\/SFTP session/);
    const failed: unknown = await open(protocol, port, { password: 'wrong-secret' }).catch((error: unknown) => error);
    expect(String(failed)).toMatch(/The connection to "127.0.0.1" at port \d+ failed/);
    expect(String(failed)).not.toContain('wrong-secret');
  });

  it('calls only where the rules allow', async () => {
    host = { ...host, outgoing: { refusal: () => 'it is our own network' } };
    await expect(open(protocol, 21)).rejects.toThrow(/it is our own network/);
  });
});

describe('the key of an SFTP server', () => {
  it('is told when nobody checks it, and must fit when somebody does', async () => {
    const port = await sftpServer();
    await open('SFTP', port);
    const [line = ''] = host.lines;
    const fingerprint = /SHA256:[\w+/]+/.exec(line)?.[0] ?? '';
    expect(line).toMatch(/^warn .*was not checked; it is SHA256:/);
    await ftp('disconnect');
    await open('SFTP', port, { hostKeyFingerprint: fingerprint });
    await ftp('disconnect');
    const other = `SHA256:${'A'.repeat(43)}`;
    await expect(open('SFTP', port, { hostKeyFingerprint: other })).rejects.toThrow(/another one was expected/);
  });
});
