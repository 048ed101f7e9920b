import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Download, operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { DOWNLOAD, MODULE, mayExport } from './access.ts';

export const downloadExport = operation({
  name: 'downloadExport',
  summary: 'Download the archive of a finished export',
  description: 'By the downloadFileId of its status, or by its requestId.',
  module: MODULE,
  method: 'GET',
  path: '/blm/download/{downloadFileId}',
  versions: v2Only,
  provenance: 'observed',
  access: mayExport,
  objects: DOWNLOAD,
  params: Type.Object({ downloadFileId: Type.String() }),
  answer: { status: 200, description: 'The zip archive.' },
  handle: async ({ caller, params }, { lifecycle }) => {
    const { name, archive } = await lifecycle.jobs.download(caller, params.downloadFileId);
    const fileName = /\.zip$/i.test(name) ? name : `${name}.zip`;
    return new Download(Readable.from(lifecycle.archives.read(archive)), 'application/zip', fileName, archive.size);
  },
});
