import type { Operation } from '../../operation.ts';
import { checkInFile, checkOutFile, undoCheckOut } from './check-outs.ts';
import { copyFile } from './copy-file.ts';
import { createFile } from './create-file.ts';
import { deleteFile } from './delete-file.ts';
import {
  getDependencies,
  getParents,
  listDependencies,
  setDependencies,
  setDependenciesInWorkspace,
} from './dependencies.ts';
import { findByPath } from './find-by-path.ts';
import { clearFolderRights, getFolderRights, listFolderRights, setFolderRights } from './folder-rights.ts';
import { createFolder, deleteFolder, renameFolder } from './folders.ts';
import { getBotInterface } from './get-bot-interface.ts';
import { getContent } from './get-content.ts';
import { getFile } from './get-file.ts';
import { getFolder } from './get-folder.ts';
import { getMetadataContent } from './get-metadata-content.ts';
import { getVersionDetails } from './get-version-details.ts';
import { getWorkspaceDefaults } from './get-workspace-defaults.ts';
import { assignLabel, assignLabelToFiles, removeLabel } from './labels.ts';
import { listFiles, listFolder, listWorkspace } from './lists.ts';
import { moveFile } from './move-file.ts';
import { putContent } from './put-content.ts';
import { listDeletedFiles, recoverFiles } from './recover.ts';
import { updatePackages } from './update-packages.ts';
import { compareVersions, getVersionContent, getVersions, listVersions, restoreVersion } from './versions.ts';

/** Repository Management: contract a §5.3, row by row; folder rights of roles (§3.5); then our own. */
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
  getMetadataContent,
  copyFile,
  getDependencies,
  setDependencies,
  listDependencies,
  setDependenciesInWorkspace,
  getParents,
  deleteFile,
  createFolder,
  renameFolder,
  deleteFolder,
  assignLabelToFiles,
  updatePackages,
  recoverFiles,
  getBotInterface,
  getVersionDetails,
  getFolderRights,
  setFolderRights,
  listFolderRights,
  clearFolderRights,
  checkOutFile,
  checkInFile,
  undoCheckOut,
  getVersions,
  listVersions,
  getVersionContent,
  restoreVersion,
  compareVersions,
  assignLabel,
  removeLabel,
  moveFile,
  listDeletedFiles,
];
