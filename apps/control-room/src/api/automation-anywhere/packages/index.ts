import type { Operation } from '../../operation.ts';
import { getPackageVersion } from './get-package-version.ts';
import { listPackages, listPackagesV3, listPackageUsage, listPackageVersions } from './lists.ts';

/** Packages: contract a §6. */
export const packageOperations: readonly Operation[] = [
  listPackages,
  listPackagesV3,
  listPackageVersions,
  getPackageVersion,
  listPackageUsage,
];
