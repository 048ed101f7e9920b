import type { Operation } from '../../operation.ts';
import { downloadExport } from './download.ts';
import { exportFiles } from './export-files.ts';
import { exportVersions } from './export-versions.ts';
import { importFiles } from './import-files.ts';
import { getBlmStatus, waitForBlmStatus } from './status.ts';

export const blmOperations: readonly Operation[] = [
  exportFiles,
  exportVersions,
  getBlmStatus,
  waitForBlmStatus,
  downloadExport,
  importFiles,
];
