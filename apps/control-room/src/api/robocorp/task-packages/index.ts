import type { Operation } from '../../operation.ts';
import { createTaskPackage } from './create-task-package.ts';
import { deleteTaskPackage } from './delete-task-package.ts';
import { getTaskPackage } from './get-task-package.ts';
import { getTaskPackageDownload, getTaskPackageUpload } from './links.ts';

export const taskPackageOperations: readonly Operation[] = [
  createTaskPackage,
  getTaskPackage,
  getTaskPackageDownload,
  getTaskPackageUpload,
  deleteTaskPackage,
];
