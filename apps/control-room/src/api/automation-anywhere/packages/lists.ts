import { Type } from 'typebox';
import type { Packages } from '../../../domain/packages/index.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { Anything, v2Only } from '../wire.ts';
import { MODULE, mayViewPackages } from './access.ts';
import { PackageAnswer, PackageUseAnswer, renderPackage, renderUse } from './render.ts';

const common = {
  module: MODULE,
  method: 'POST',
  provenance: 'observed',
  access: mayViewPackages,
  reads: true,
} as const;
const answer = { status: 200, schema: listOf(PackageAnswer), description: 'One page of packages.' } as const;

async function onePage(packages: Packages, asked: unknown) {
  const request = readListRequest(asked);
  return renderList(await packages.list(request), request, renderPackage);
}

export const listPackages = operation({
  ...common,
  name: 'listPackages',
  summary: 'List packages',
  description: 'What this server offers (status DEFAULT), and every other version that a bot names.',
  path: '/packages/package/list',
  versions: v2Only,
  body: ListBody,
  answer,
  handle: ({ body }, { packages }) => onePage(packages, body),
});

export const listPackagesV3 = operation({
  ...common,
  name: 'listPackagesV3',
  summary: 'List packages',
  description: 'The same list; what it is asked for stands in filterRequest.',
  path: '/packages/package/list',
  versions: [{ name: 'v3' }],
  body: Type.Object({
    filterRequest: Type.Optional(Anything),
    includeDownloadUrls: Type.Optional(Type.Boolean({ description: 'there are none' })),
  }),
  answer,
  handle: ({ body }, { packages }) => onePage(packages, body.filterRequest),
});

export const listPackageVersions = operation({
  ...common,
  name: 'listPackageVersions',
  summary: 'List the versions of packages',
  description: 'Of one package with a filter on its name.',
  path: '/packages/package/version/list',
  versions: v2Only,
  body: ListBody,
  answer,
  handle: ({ body }, { packages }) => onePage(packages, body),
});

export const listPackageUsage = operation({
  ...common,
  name: 'listPackageUsage',
  summary: 'List the bots that use a package',
  description:
    'One row for each bot and version that it names in its newest content. Bots that the caller does not see are left out.',
  path: '/packages/{name}/versions/usage',
  versions: v2Only,
  params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }) }),
  body: ListBody,
  answer: { status: 200, schema: listOf(PackageUseAnswer), description: 'One page of uses.' },
  handle: async ({ caller, params, body }, { packages }) => {
    const request = readListRequest(body);
    return renderList(await packages.usage(caller, params.name, request), request, renderUse);
  },
});
