import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { action, attribute, BotError, type Host } from '@signalbox/taskbot';
import { noFilter } from '../file/no-filter.ts';
import { devicePath } from '../support/device-path.ts';
import { chooseFiles } from '../support/file-choice.ts';
import { fileWork } from '../support/file-fault.ts';
import { safeFileName } from '../support/file-name.ts';
import { fitsWildcard } from '../support/wildcard.ts';
import { PACKAGE, type RemoteEntry, type RemoteSession, remoteOf } from './remote-files.ts';

const common = { package: PACKAGE, runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });
const overwrite = attribute.flag({ alias: ['isOverwrite', 'overwriteFiles'] });

export const putFiles = action({
  ...common,
  name: 'putFiles',
  alias: ['putFile', 'uploadFiles'],
  summary: 'Sends files to the server. The name may hold * and ?.',
  attributes: {
    session,
    localPath: attribute.file({
      required: true,
      alias: ['sourcePath', 'localFile', 'localFilePath', 'sourceFilePath'],
    }),
    remotePath: attribute.text({
      alias: ['destinationPath', 'remoteFolder', 'remoteFolderPath'],
      note: 'The folder; empty for the current one.',
    }),
    overwrite,
  },
  returns: 'NUMBER',
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const files = chooseFiles(devicePath(input.localPath, host), 'file', noFilter, host);
    const folder = remote.path(input.remotePath);
    const there = new Set(input.overwrite ? [] : (await list(remote, folder, host)).map(({ name }) => name));
    for (const file of files) {
      const name = basename(file);
      const target = posix.join(folder, name);
      if (there.has(name)) throw new BotError(`"${target}" is on the server already. Allow overwriting, or rename it.`);
      await remote.work(`send "${file}" to "${target}"`, host, (server) => server.upload(file, target));
    }
    return files.length;
  },
});

export const getFiles = action({
  ...common,
  name: 'getFiles',
  alias: ['getFile', 'downloadFiles'],
  summary: 'Fetches files from the server into a folder. The name may hold * and ?.',
  attributes: {
    session,
    remotePath: attribute.text({ required: true, alias: ['sourcePath', 'remoteFile', 'remoteFilePath'] }),
    localPath: attribute.file({ required: true, alias: ['destinationPath', 'localFolder', 'localFolderPath'] }),
    overwrite,
  },
  returns: 'LIST',
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const folder = devicePath(input.localPath, host);
    fileWork('create the folder', folder, () => mkdirSync(folder, { recursive: true }));
    const saved: string[] = [];
    for (const path of await chosen(remote, input.remotePath, host)) {
      // What a server calls its files must not lead out of the folder.
      const target = join(folder, safeFileName(posix.basename(path)));
      if (!input.overwrite && existsSync(target)) {
        throw new BotError(`"${target}" exists already. Allow overwriting, or choose another folder.`);
      }
      await remote.work(`fetch "${path}"`, host, (server) => server.download(path, target));
      saved.push(target);
    }
    return saved;
  },
});

export const deleteFiles = action({
  ...common,
  name: 'deleteFiles',
  alias: ['deleteFile'],
  summary: 'Deletes files on the server. The name may hold * and ?.',
  attributes: {
    session,
    remotePath: attribute.text({ required: true, alias: ['filePath', 'remoteFile', 'fileName', 'remoteFilePath'] }),
  },
  returns: 'NUMBER',
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const paths = await chosen(remote, input.remotePath, host);
    for (const path of paths) await remote.work(`delete "${path}"`, host, (server) => server.deleteFile(path));
    return paths.length;
  },
});

/** A plain name is taken at its word; one with wildcards is compared with what the server lists. */
const chosen = async (remote: RemoteSession, text: string, host: Host): Promise<string[]> => {
  const path = remote.path(text);
  const pattern = posix.basename(path);
  if (!/[*?]/.test(pattern)) return [path];
  const folder = posix.dirname(path);
  return (await list(remote, folder, host))
    .filter(({ name, isFolder }) => !isFolder && fitsWildcard(name, pattern))
    .map(({ name }) => posix.join(folder, posix.basename(name)))
    .sort();
};

const MAX_ENTRIES = 100_000;

export const list = async (remote: RemoteSession, folder: string, host: Host): Promise<RemoteEntry[]> => {
  const entries = await remote.work(`list "${folder}"`, host, (server) => server.list(folder));
  if (entries.length > MAX_ENTRIES) {
    throw new BotError(`"${folder}" has ${entries.length} entries; ${MAX_ENTRIES} is the bound. Use smaller folders.`);
  }
  return entries.filter(({ name }) => name !== '.' && name !== '..');
};
