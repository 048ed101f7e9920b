import { Client } from 'basic-ftp';
import type { Reachable } from '../network/index.ts';
import type { RemoteEntry, RemoteFiles } from './remote-files.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
}

/** @param secure `true` upgrades the connection (FTPES), `implicit` begins with TLS (FTPS, port 990) */
export const connectFtp = async (
  place: Reachable,
  login: Login,
  tls: { readonly secure: boolean | 'implicit'; readonly trust: boolean },
  signal: AbortSignal,
): Promise<RemoteFiles> => {
  // Data comes from the server that was judged: an address in its answer to PASV is not followed.
  const client = new Client(login.timeoutMs, { allowSeparateTransferHost: false });
  const drop = () => client.close();
  signal.addEventListener('abort', drop, { once: true });
  try {
    await client.access({
      host: place.address,
      port: place.port,
      user: login.user === '' ? 'anonymous' : login.user,
      password: login.password === '' && login.user === '' ? 'guest' : login.password,
      secure: tls.secure,
      secureOptions: { servername: place.name, host: place.address, rejectUnauthorized: !tls.trust },
    });
  } catch (error) {
    client.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', drop);
  }
  return new FtpFiles(client);
};

class FtpFiles implements RemoteFiles {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  home(): Promise<string> {
    return this.#client.pwd();
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    return (await this.#client.list(folder)).map(({ name, isDirectory, size, modifiedAt }) => ({
      name,
      isFolder: isDirectory,
      size,
      modified: modifiedAt,
    }));
  }

  async download(remote: string, local: string): Promise<void> {
    await this.#client.downloadTo(local, remote);
  }

  async upload(local: string, remote: string): Promise<void> {
    await this.#client.uploadFrom(local, remote);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#client.rename(from, to);
  }

  async deleteFile(path: string): Promise<void> {
    await this.#client.remove(path);
  }

  async deleteFolder(path: string): Promise<void> {
    const back = await this.#client.pwd();
    await this.#client.removeDir(path);
    await this.#client.cd(back).catch(() => {}); // it may be the one that is gone
  }

  async createFolder(path: string): Promise<void> {
    const back = await this.#client.pwd();
    await this.#client.ensureDir(path); // it goes into the folder, too
    await this.#client.cd(back);
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  drop(): void {
    this.#client.close();
  }
}
