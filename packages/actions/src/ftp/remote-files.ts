import { BotError, type BotValue, type Host } from '@signalbox/taskbot';
import { withoutSecrets } from '../support/secret.ts';
import { sessionOf } from '../support/session.ts';

export interface RemoteEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly modified: Date | undefined;
}

/** What FTP and SFTP have in common. Paths are full ones, with slashes. */
export interface RemoteFiles {
  home(): Promise<string>;
  list(folder: string): Promise<RemoteEntry[]>;
  download(remote: string, local: string): Promise<void>;
  upload(local: string, remote: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  deleteFile(path: string): Promise<void>;
  /** With everything in it. */
  deleteFolder(path: string): Promise<void>;
  /** With the folders above it that are not there yet. */
  createFolder(path: string): Promise<void>;
  close(): Promise<void>;
  /** Ends whatever is under way. */
  drop(): void;
}

export const PACKAGE = 'FTP/SFTP';

/** What a session holds: the connection, and the folder that the bot stands in. */
export class RemoteSession {
  readonly #files: RemoteFiles;
  readonly #secrets: readonly string[];
  folder: string;

  constructor(files: RemoteFiles, folder: string, secrets: readonly string[]) {
    this.#files = files;
    this.folder = folder;
    this.#secrets = secrets;
  }

  /** Where a path of the bot lies on the server. */
  path(text: string): string {
    const steps: string[] = [];
    const slashed = text.trim().replaceAll('\\', '/');
    for (const step of (slashed.startsWith('/') ? slashed : `${this.folder}/${slashed}`).split('/')) {
      if (step === '..') steps.pop();
      else if (step !== '' && step !== '.') steps.push(step);
    }
    const path = `/${steps.join('/')}`;
    if (/[\r\n\0]/.test(path))
      throw new BotError('A path on the server must not contain line ends or zero characters.');
    return path;
  }

  async work<T>(doing: string, host: Host, work: (files: RemoteFiles) => Promise<T>): Promise<T> {
    return workRemotely(doing, host, this.#files, this.#secrets, work);
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}

export const workRemotely = async <T>(
  doing: string,
  host: Host,
  files: RemoteFiles,
  secrets: readonly string[],
  work: (files: RemoteFiles) => Promise<T>,
): Promise<T> => {
  host.signal.throwIfAborted();
  const drop = () => files.drop();
  host.signal.addEventListener('abort', drop, { once: true });
  try {
    return await work(files);
  } catch (cause) {
    host.signal.throwIfAborted();
    if (cause instanceof BotError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new BotError(withoutSecrets(`Cannot ${doing}: ${message}.`, secrets));
  } finally {
    host.signal.removeEventListener('abort', drop);
  }
};

export const remoteOf = (session: BotValue, host: Host): RemoteSession =>
  sessionOf({ package: PACKAGE, content: RemoteSession, opener: 'FTP/SFTP: Connect' }, session, host);
