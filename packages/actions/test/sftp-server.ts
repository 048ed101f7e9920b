import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { join, normalize } from 'node:path';
import ssh2, { type Connection, type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

export interface SftpServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Somebody's SFTP server over a folder, for one user; everything under `/` is in the folder. */
export const startSftpServer = async (
  folder: string,
  login: { user: string; password: string },
): Promise<SftpServer> => {
  const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
  const open = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    open.add(client);
    (client as unknown as Pick<Socket, 'setNoDelay'>).setNoDelay(true); // it is there, its types lack it
    client.on('error', () => {});
    client.on('authentication', (attempt) => {
      const known =
        attempt.method === 'password' && attempt.username === login.user && attempt.password === login.password;
      if (known) attempt.accept();
      else attempt.reject(['password']);
    });
    client.on('session', (accept) => accept().on('sftp', (take) => serve(take(), folder)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    close: async () => {
      for (const client of open) client.end();
      for (const client of open) (client as unknown as { _sock?: Socket })._sock?.destroy(); // nothing public ends it now
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const serve = (sftp: SFTPWrapper, folder: string): void => {
  const handles = new Map<number, { file?: number; names?: string[]; path: string }>();
  let next = 0;
  const inside = (path: string) => join(folder, normalize(`/${path}`));
  const keep = (handle: { file?: number; names?: string[]; path: string }): Buffer => {
    handles.set(++next, handle);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(next);
    return bytes;
  };
  const held = (handle: Buffer) => handles.get(handle.readUInt32BE()) ?? { path: '' };
  const answer = (id: number, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number, work: () => void) =>
    answer(id, () => {
      work();
      sftp.status(id, STATUS_CODE.OK);
    });
  const attrs = (stats: Stats) => ({
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  });
  sftp.on('REALPATH', (id, path) => {
    const full = normalize(`/${path}`);
    sftp.name(id, [{ filename: full === '/.' ? '/' : full, longname: full, attrs: attrs(statSync(folder)) }]);
  });
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event, (id: number, path: string) => answer(id, () => sftp.attrs(id, attrs(statSync(inside(path))))));
  }
  sftp.on('FSTAT', (id, handle) => answer(id, () => sftp.attrs(id, attrs(fstatSync(held(handle).file ?? -1)))));
  sftp.on('SETSTAT', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('FSETSTAT', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('OPENDIR', (id, path) =>
    answer(id, () => sftp.handle(id, keep({ names: readdirSync(inside(path)), path: inside(path) }))),
  );
  sftp.on('READDIR', (id, handle) => {
    const { names, path } = held(handle);
    if (names === undefined || names.length === 0) {
      sftp.status(id, STATUS_CODE.EOF);
      return;
    }
    sftp.name(
      id,
      names.splice(0).map((filename) => {
        const stats = statSync(join(path, filename));
        return { filename, longname: `${stats.isDirectory() ? 'd' : '-'}rw-r--r-- ${filename}`, attrs: attrs(stats) };
      }),
    );
  });
  sftp.on('OPEN', (id, path, flags) =>
    answer(id, () => {
      const file = openSync(inside(path), (flags & OPEN_MODE.WRITE) === 0 ? 'r' : 'w');
      sftp.handle(id, keep({ file, path: inside(path) }));
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, () => {
      const bytes = Buffer.alloc(length);
      const count = readSync(held(handle).file ?? -1, bytes, 0, length, offset);
      if (count === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, bytes.subarray(0, count));
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    done(id, () => writeSync(held(handle).file ?? -1, data, 0, data.length, offset)),
  );
  sftp.on('CLOSE', (id, handle) =>
    done(id, () => {
      const { file } = held(handle);
      if (file !== undefined) closeSync(file);
    }),
  );
  sftp.on('REMOVE', (id, path) => done(id, () => unlinkSync(inside(path))));
  sftp.on('RMDIR', (id, path) => done(id, () => rmdirSync(inside(path))));
  sftp.on('MKDIR', (id, path) => done(id, () => mkdirSync(inside(path))));
  sftp.on('RENAME', (id, from, to) => done(id, () => renameSync(inside(from), inside(to))));
};
