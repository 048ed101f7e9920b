import { Type } from 'typebox';
import type { PackageVersion } from '../../../domain/repository/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Anything, Id, v2Only } from '../wire.ts';
import { MODULE, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

export const updatePackages = operation({
  name: 'updatePackageVersions',
  summary: 'Put other versions of packages into bots',
  description:
    'Each bot that changes gets a new version. Done when the answer comes. A newer version becomes an older one only with downgrade_version.',
  module: MODULE,
  method: 'POST',
  path: '/repository/files/packagesVersionUpdate',
  versions: v2Only,
  provenance: 'observed',
  access: mayUpload,
  body: Type.Object({
    name: Type.Optional(Type.String({ maxLength: 255 })),
    description: Type.Optional(Type.String({ maxLength: 4_000 })),
    package_info: Anything,
    file_ids: Type.Array(Id, { minItems: 1 }),
    downgrade_version: Type.Optional(Type.Boolean()),
  }),
  refuses: [404, 409],
  answer: {
    status: 202,
    schema: Type.Object({ files: Type.Array(EntryAnswer) }),
    description: 'The bots that changed.',
  },
  handle: async ({ caller, body }, { repository }) => {
    const { name = '', description = '', file_ids: fileIds, downgrade_version: downgrade = false } = body;
    const comment = [name, description].filter((part) => part !== '').join(': ') || 'Package versions';
    const wanted = readPackages(body.package_info);
    const files = await repository.entries.updatePackages(caller, fileIds, wanted, { downgrade, comment });
    return { files: files.map((file) => renderEntry(file, caller)) };
  },
});

/** One or several of `{name, version}`, or an object of versions by name: the vendor's shape is not known. */
function readPackages(given: unknown): PackageVersion[] {
  const list = Array.isArray(given) ? given : [given];
  return list.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw unreadable();
    const { name, packageName, version, packageVersion } = one as Readonly<Record<string, unknown>>;
    const [called, wanted] = [name ?? packageName, version ?? packageVersion];
    if (isText(called) && isText(wanted)) return [{ name: called, version: wanted }];
    return Object.entries(one).map(([key, value]: [string, unknown]) => {
      if (!isText(value)) throw unreadable();
      return { name: key, version: value };
    });
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255;
}

function unreadable(): Error {
  return error('invalid', 'package_info names no versions.', { details: 'expected [{name, version}]' });
}
