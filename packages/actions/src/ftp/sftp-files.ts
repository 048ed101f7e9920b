import { createHash, timingSafeEqual } from 'node:crypto';
import { BotError } from '@signalbox/taskbot';
import SftpClient from 'ssh2-sftp-client';
import { dial, type Reachable } from '../network/index.ts';
import type { Login } from './ftp-files.ts';
import type { RemoteEntry, RemoteFiles } from './remote-files.ts';

/**
 * @param trust the fingerprint (SHA256:…) that the server's key must have; empty takes any
 * @param seen told the fingerprint, so that it can be written down
 */
export const connectSftp = async (
  place: Reachable,
  login: Login & { readonly privateKey: string; readonly passphrase: string },
  trust: string,
  seen: (fingerprint: string) => void,
  signal: AbortSignal,
): Promise<RemoteFiles> => {
  const sock = await dial(place, login.timeoutMs, signal);
  const client = new SftpClient('bot', { error: () => {}, end: () => {}, close: () => {} });
  const drop = () => sock.destroy();
  signal.addEventListener('abort', drop, { once: true });
  let refused: string | undefined;
  try {
    await client.connect({
      sock,
      username: login.user,
      ...(login.privateKey === '' ? { password: login.password } : { privateKey: login.privateKey }),
      ...(login.passphrase === '' ? {} : { passphrase: login.passphrase }),
      readyTimeout: login.timeoutMs,
      hostVerifier: (key: Buffer) => {
        const fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
        seen(fingerprint);
        if (trust === '' || same(trust.trim().replace(/=+$/, ''), fingerprint)) return true;
        refused = fingerprint;
        return false;
      },
    });
  } catch (error) {
    sock.destroy();
    if (refused !== undefined) {
      throw new BotError(
        `The server "${place.name}" has the key ${refused}, and another one was expected. Ask its owner before you change the expected one.`,
      );
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', drop);
  }
  return new SftpFiles(client, drop);
};

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

class SftpFiles implements RemoteFiles {
  readonly #client: SftpClient;
  readonly drop: () => void;

  constructor(client: SftpClient, drop: () => void) {
    this.#client = client;
    this.drop = drop;
  }

  home(): Promise<string> {
    return this.#client.cwd();
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    return (await this.#client.list(folder)).map(({ name, type, size, modifyTime }) => ({
      name,
      isFolder: type === 'd',
      size,
      modified: new Date(modifyTime),
    }));
  }

  async download(remote: string, local: string): Promise<void> {
    await this.#client.fastGet(remote, local);
  }

  async upload(local: string, remote: string): Promise<void> {
    await this.#client.fastPut(local, remote);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#client.rename(from, to);
  }

  async deleteFile(path: string): Promise<void> {
    await this.#client.delete(path);
  }

  async deleteFolder(path: string): Promise<void> {
    await this.#client.rmdir(path, true);
  }

  async createFolder(path: string): Promise<void> {
    if ((await this.#client.exists(path)) === false) await this.#client.mkdir(path, true);
  }

  async close(): Promise<void> {
    await this.#client.end().catch(this.drop);
  }
}
