import type { Declaration } from '@signalbox/taskbot';
import { fileDate, fileExists, fileNotExists, fileSize, hasExtension } from './conditions.ts';
import { copyFiles } from './copy-files.ts';
import { createFile } from './create-file.ts';
import { deleteFiles } from './delete-files.ts';
import { downloadTo } from './download-to.ts';
import { filesIterator } from './files-iterator.ts';
import { assign, getName, getPath } from './name.ts';
import { openFile } from './open-file.ts';
import { renameFiles } from './rename-files.ts';

export const filePackage: readonly Declaration[] = [
  assign,
  copyFiles,
  createFile,
  deleteFiles,
  downloadTo,
  getName,
  getPath,
  openFile,
  renameFiles,
  fileDate,
  fileExists,
  fileNotExists,
  fileSize,
  hasExtension,
  filesIterator,
];
