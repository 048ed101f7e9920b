import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { AnyObject, ids, v2Only } from '../wire.ts';
import { MODULE, mayViewPackages, PACKAGE } from './access.ts';
import { PackageAnswer, renderPackage } from './render.ts';

/** The words of the vendor's package descriptor (contract bots §1.13) for each kind of thing that a package offers. */
const KINDS = { action: 'commands', condition: 'conditionals', iterator: 'iterators' } as const;

export const getPackageVersion = operation({
  name: 'getPackageVersion',
  summary: 'Read a package in one version',
  description: 'What it can do is what this server offers under its name; empty for a package that it does not know.',
  module: MODULE,
  method: 'GET',
  path: '/packages/package/version/{id}',
  versions: v2Only,
  provenance: 'observed',
  access: mayViewPackages,
  objects: PACKAGE,
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ package: PackageAnswer, metaInfo: AnyObject, pkgDownloadUrl: Type.String() }),
    description: 'The package and its descriptor.',
  },
  handle: async ({ params }, { packages }) => {
    const { package: found, contents } = await packages.get(params.id);
    const described = contents.map((entry) => ({
      kind: entry.kind,
      item: {
        name: entry.name,
        label: entry.name,
        description: entry.summary,
        attributes: entry.attributes.map(({ name, type, required }) => ({ name, label: name, type, required })),
        returnType: entry.returns ?? null,
        allowedAgentTargets: entry.runsOn === 'anywhere' ? ['HEADLESS', 'WINDOWS'] : ['WINDOWS'],
      },
    }));
    const lists = Object.entries(KINDS).map(([kind, key]) => [
      key,
      described.filter((one) => one.kind === kind).map(({ item }) => item),
    ]);
    return {
      package: renderPackage(found),
      metaInfo: {
        name: found.name,
        label: found.name,
        packageVersion: found.version,
        ...Object.fromEntries(lists),
        variables: [],
        triggers: [],
      },
      pkgDownloadUrl: '',
    };
  },
});
