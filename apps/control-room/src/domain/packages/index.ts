import type { CatalogueEntry } from '@signalbox/actions';
import { type RawBuilder, sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Fields, type Page, type Selection, selectPage } from '../../kernel/selection.ts';
import type { Caller } from '../identity/index.ts';
import type { Repository } from '../repository/index.ts';
import { createPackageArchives } from './archives.ts';
import { type Offered, readOffered } from './offered.ts';

/**
 *  - DEFAULT: what this server's actions are
 *  - ENABLED: another version that bots name; it runs with ours
 *  - DISABLED: a package that bots name and nothing here offers
 */
export type PackageStatus = 'DEFAULT' | 'ENABLED' | 'DISABLED';

export interface Package {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly status: PackageStatus;
  readonly createdOn: Temporal.Instant;
}

/** A bot whose present version names a package in a version. */
export interface PackageUse {
  readonly fileId: number;
  readonly fileName: string;
  readonly filePath: string;
  readonly contentType: string;
  readonly packageVersion: string;
  readonly status: PackageStatus;
  readonly updatedOn: Temporal.Instant;
  readonly updatedBy: number;
  /** What this server offers; empty for a package that it does not know. */
  readonly defaultVersion: string;
}

/** The packages of which bots are made: what this server offers, and what its bots name. */
export function createPackages({ database }: Kernel, repository: Repository) {
  let known: Promise<Offered> | undefined;

  /** Read on first use. Each server writes down what it offers, so that it has an id like what bots name. */
  function offered(): Promise<Offered> {
    known ??= readOffered().then(async (read) => {
      await database.all(sql`insert into package_version (name, version)
        select name, ${read.version} from unnest(${[...read.packages.keys()]}::text[]) as name order by name on conflict do nothing`);
      return read;
    });
    // The next call tries again.
    known.catch(() => {
      known = undefined;
    });
    return known;
  }

  async function page(selection: Selection): Promise<Page<Package>> {
    const own = await offered();
    return selectPage<Package>(
      database,
      { ...catalogueOf(own), fields: fieldsOf(own), tiebreak: sql`v.id` },
      selection,
    );
  }

  return {
    archives: createPackageArchives(database),

    /** Every package in every version that is offered or named by a bot. */
    list: page,

    /** With all that it can do, as far as this server knows it. @throws notFound */
    async get(id: number): Promise<{ package: Package; contents: readonly CatalogueEntry[] }> {
      const own = await offered();
      const found = await database.first(
        sql<Package>`select ${columnsOf(own)} from package_version v where v.id = ${id} and ${isThere(own)}`,
      );
      if (!found) throw error('notFound', `There is no package version with the id ${id}.`);
      return { package: found, contents: own.packages.get(found.name) ?? [] };
    },

    /** Which bots name a package, as far as the caller sees them. */
    async usage(caller: Caller, name: string, selection: Selection): Promise<Page<PackageUse>> {
      const own = await offered();
      const reach = await repository.reach(caller);
      const defaultVersion = own.packages.has(name) ? own.version : '';
      return selectPage<PackageUse>(
        database,
        {
          before: reach.before,
          columns: sql`e.id as "fileId", e.name as "fileName", e.path as "filePath", e.content_type as "contentType",
            v.version as "packageVersion", ${statusOf(own)} as status, e.updated_on as "updatedOn", e.updated_by as "updatedBy",
            ${defaultVersion}::text as "defaultVersion"`,
          source: sql`${reach.source} join package_use u on u.file_id = e.id and u.version_number = e.latest_version
            join package_version v on v.id = u.package_version_id`,
          visible: sql`${reach.visible} and v.name = ${name}`,
          fields: usageFieldsOf(own),
          tiebreak: sql`(e.id, v.id)`,
        },
        selection,
      );
    },
  };
}

export type Packages = ReturnType<typeof createPackages>;

function statusOf({ version, packages }: Offered): RawBuilder<unknown> {
  return sql`case when not (v.name = any(${[...packages.keys()]}::text[])) then 'DISABLED'
    when v.version = ${version} then 'DEFAULT' else 'ENABLED' end`;
}

function columnsOf(own: Offered): RawBuilder<unknown> {
  return sql`v.id, v.name, v.version, ${statusOf(own)} as status, v.created_on as "createdOn"`;
}

/** What an older server offered, or a forgotten bot named, is no longer anybody's. */
function isThere({ version, packages }: Offered): RawBuilder<boolean> {
  return sql<boolean>`((v.version = ${version} and v.name = any(${[...packages.keys()]}::text[]))
    or exists (select from package_use u where u.package_version_id = v.id)
    or exists (select from package_archive a where a.package_version_id = v.id))`;
}

function catalogueOf(own: Offered) {
  return { columns: columnsOf(own), source: sql`package_version v`, visible: isThere(own) };
}

function fieldsOf(own: Offered): Fields {
  const version = { type: 'text', sql: sql`v.version` } as const;
  return {
    id: { type: 'number', sql: sql`v.id` },
    name: { type: 'text', sql: sql`v.name` },
    label: { type: 'text', sql: sql`v.name` },
    packageVersion: version,
    version,
    status: { type: 'text', sql: statusOf(own), normalise: (word) => word.toUpperCase() },
    createdOn: { type: 'instant', sql: sql`v.created_on` },
  };
}

function usageFieldsOf(own: Offered): Fields {
  // What clients filter by: ENABLED or DISABLED, where the default is one of the enabled.
  const status = sql`case ${statusOf(own)} when 'DISABLED' then 'DISABLED' else 'ENABLED' end`;
  return {
    id: { type: 'number', sql: sql`e.id` },
    packageVersion: { type: 'text', sql: sql`v.version` },
    packageStatus: { type: 'text', sql: status, normalise: (word) => word.toUpperCase() },
    automationName: { type: 'text', sql: sql`e.name` },
    automationPath: { type: 'text', sql: sql`e.path` },
    automationType: { type: 'text', sql: sql`e.content_type` },
    updatedOn: { type: 'instant', sql: sql`e.updated_on` },
    updatedBy: { type: 'number', sql: sql`e.updated_by` },
  };
}
