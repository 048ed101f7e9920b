import { posix } from 'node:path';
import { action, attribute, BotError, BotTable } from '@signalbox/taskbot';
import { PACKAGE, remoteOf } from './remote-files.ts';
import { list } from './transfer.ts';

const common = { package: PACKAGE, runsOn: 'device', since: '0.2.0' } as const;
const session = attribute.any({ alias: ['sessionName'] });
const folderPath = attribute.text({
  required: true,
  alias: ['remotePath', 'folderName', 'remoteFolder', 'remoteFolderPath', 'path'],
});

/** Our addition: the vendor's package has none. */
export const listFolder = action({
  ...common,
  name: 'list',
  alias: ['listFiles'],
  summary: 'What a folder of the server holds, as a table of name, type, size and date.',
  attributes: { session, folderPath: { ...folderPath, required: false } },
  returns: 'TABLE',
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const entries = await list(remote, remote.path(input.folderPath), host);
    return new BotTable(
      [
        { name: 'name', type: 'STRING' },
        { name: 'type', type: 'STRING' },
        { name: 'size', type: 'NUMBER' },
        { name: 'modified', type: 'STRING' },
      ],
      entries
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, isFolder, size, modified }) => [
          name,
          isFolder ? 'folder' : 'file',
          size,
          modified?.toISOString() ?? '',
        ]),
    );
  },
});

export const changeFolder = action({
  ...common,
  name: 'changeFolder',
  alias: ['changeDirectory'],
  summary: 'Makes a folder of the server the current one.',
  attributes: { session, folderPath },
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const folder = remote.path(input.folderPath);
    await list(remote, folder, host); // it is there, and may be read
    remote.folder = folder;
    return undefined;
  },
});

export const createFolder = action({
  ...common,
  name: 'createFolder',
  alias: ['createDirectory'],
  summary: 'Makes a folder on the server.',
  attributes: { session, folderPath },
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const folder = remote.path(input.folderPath);
    await remote.work(`create the folder "${folder}"`, host, (server) => server.createFolder(folder));
    return undefined;
  },
});

export const deleteFolder = action({
  ...common,
  name: 'deleteFolder',
  alias: ['deleteDirectory'],
  summary: 'Deletes a folder on the server with everything in it.',
  attributes: { session, folderPath },
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const folder = remote.path(input.folderPath);
    if (folder === '/') throw new BotError('The root of the server is not deleted. Name a folder in it.');
    await remote.work(`delete the folder "${folder}"`, host, (server) => server.deleteFolder(folder));
    return undefined;
  },
});

export const rename = action({
  ...common,
  name: 'renameFiles',
  alias: ['renameFile', 'renameFolder', 'rename'],
  summary: 'Gives a file or folder on the server another name, or moves it.',
  attributes: {
    session,
    remotePath: attribute.text({
      required: true,
      alias: ['oldName', 'sourcePath', 'filePath', 'remoteFile', 'folderPath'],
    }),
    newName: attribute.text({ required: true, alias: ['newFileName', 'destinationPath', 'newFolderName', 'newPath'] }),
  },
  run: async (input, host) => {
    const remote = remoteOf(input.session, host);
    const from = remote.path(input.remotePath);
    const to = /[\\/]/.test(input.newName)
      ? remote.path(input.newName)
      : posix.join(posix.dirname(from), input.newName);
    await remote.work(`rename "${from}" to "${to}"`, host, (server) => server.rename(from, to));
    return undefined;
  },
});
