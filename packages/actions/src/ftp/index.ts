import type { Declaration } from '@signalbox/taskbot';
import { connect, disconnect } from './connect.ts';
import { changeFolder, createFolder, deleteFolder, listFolder, rename } from './folders.ts';
import { deleteFiles, getFiles, putFiles } from './transfer.ts';

export const ftpPackage: readonly Declaration[] = [
  changeFolder,
  connect,
  createFolder,
  deleteFiles,
  deleteFolder,
  disconnect,
  getFiles,
  listFolder,
  putFiles,
  rename,
];
