import type { Operation } from '../../operation.ts';
import { createFile } from './create-file.ts';
import { deleteFile } from './delete-file.ts';
import { findByPath } from './find-by-path.ts';
import { createFolder, deleteFolder, renameFolder } from './folders.ts';
import { getBotInterface } from './get-bot-interface.ts';
import { getContent } from './get-content.ts';
import { getFile } from './get-file.ts';
import { getFolder } from './get-folder.ts';
import { getVersionDetails } from './get-version-details.ts';
import { getWorkspaceDefaults } from './get-workspace-defaults.ts';
import { listFiles, listFolder, listWorkspace } from './lists.ts';
import { putContent } from './put-content.ts';

/** Repository Management: contract a §5.3, row by row. */
export const repositoryOperations: readonly Operation[] = [
  listFiles,
  listFolder,
  listWorkspace,
  getFolder,
  getFile,
  getWorkspaceDefaults,
  findByPath,
  createFile,
  getContent,
  putContent,
  deleteFile,
  createFolder,
  renameFolder,
  deleteFolder,
  getBotInterface,
  getVersionDetails,
];
