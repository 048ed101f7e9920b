import type { Declaration } from '@signalbox/taskbot';
import { folderDoesNotExists, folderExists } from './conditions.ts';
import { copyFolder } from './copy-folder.ts';
import { createFolder } from './create-folder.ts';
import { deleteFolder } from './delete-folder.ts';
import { folderIterator } from './folder-iterator.ts';
import { unzipFiles } from './unzip-files.ts';
import { zipFiles } from './zip-files.ts';

export const folderPackage: readonly Declaration[] = [
  copyFolder,
  createFolder,
  deleteFolder,
  folderDoesNotExists,
  folderExists,
  folderIterator,
  unzipFiles,
  zipFiles,
];
