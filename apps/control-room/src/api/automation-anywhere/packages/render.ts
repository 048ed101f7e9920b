import { type TSchema, Type } from 'typebox';
import type { Package, PackageUse } from '../../../domain/packages/index.ts';

export const PackageAnswer: TSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  label: Type.String(),
  packageVersion: Type.String(),
  status: Type.String({ description: 'DEFAULT, ENABLED, DISABLED' }),
  description: Type.String(),
  pkgDownloadUrl: Type.String({ description: 'always empty: actions come with the server and the runners' }),
  createdOn: Type.String({ description: 'ISO 8601, UTC' }),
  updatedOn: Type.String({ description: 'ISO 8601, UTC' }),
});

export function renderPackage({ id, name, version, status, createdOn }: Package): object {
  const moment = createdOn.toString();
  return {
    id: String(id),
    name,
    label: name,
    packageVersion: version,
    status,
    description: '',
    pkgDownloadUrl: '',
    createdOn: moment,
    updatedOn: moment,
  };
}

export const PackageUseAnswer: TSchema = Type.Object({
  id: Type.String({ description: 'of the bot' }),
  packageStatus: Type.String({ description: 'ENABLED, DISABLED' }),
  packageVersion: Type.String(),
  automationName: Type.String(),
  automationType: Type.String({ description: 'content type' }),
  automationPath: Type.String(),
  updatedOn: Type.String({ description: 'ISO 8601, UTC' }),
  updatedBy: Type.String(),
  defaultVersion: Type.String({ description: 'what this server offers; empty when it offers none' }),
});

export function renderUse(use: PackageUse): object {
  return {
    id: String(use.fileId),
    packageStatus: use.status === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    packageVersion: use.packageVersion,
    automationName: use.fileName,
    automationType: use.contentType,
    automationPath: use.filePath,
    updatedOn: use.updatedOn.toString(),
    updatedBy: String(use.updatedBy),
    defaultVersion: use.defaultVersion,
  };
}
