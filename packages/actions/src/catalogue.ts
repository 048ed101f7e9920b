import type { Declaration, RunsOn, ValueType } from '@signalbox/taskbot';

export interface CatalogueAttribute {
  readonly name: string;
  readonly type: ValueType;
  readonly required: boolean;
  readonly alias: readonly string[];
  readonly options?: readonly string[];
  readonly note?: string;
}

/** One thing a bot can do, as data: what the packages API answers and the reference page shows. */
export interface CatalogueEntry {
  readonly package: string;
  readonly name: string;
  readonly kind: Declaration['kind'];
  readonly summary: string;
  readonly alias: readonly string[];
  readonly attributes: readonly CatalogueAttribute[];
  /** What comes back: the result of an action, the items of an iterator; a condition is a BOOLEAN. */
  readonly returns?: ValueType;
  readonly runsOn: RunsOn;
  /** Why a bot with it does not run here; absent for all that works. */
  readonly refused?: string;
  readonly since: string;
}

/** Sorted by package, then kind, then name. */
export const catalogueOf = (declarations: readonly Declaration[]): CatalogueEntry[] =>
  declarations
    .map(entryOf)
    .sort((a, b) => compare(a.package, b.package) || compare(a.kind, b.kind) || compare(a.name, b.name));

const entryOf = (declaration: Declaration): CatalogueEntry => {
  const returns = returnsOf(declaration);
  return {
    package: declaration.package,
    name: declaration.name,
    kind: declaration.kind,
    summary: declaration.summary,
    alias: 'alias' in declaration ? (declaration.alias ?? []) : [],
    attributes: 'attributes' in declaration ? attributesOf(declaration.attributes) : [],
    ...(returns === undefined ? {} : { returns }),
    runsOn: declaration.runsOn,
    ...('refused' in declaration && declaration.refused !== undefined ? { refused: declaration.refused } : {}),
    since: declaration.since,
  };
};

const returnsOf = (declaration: Declaration): ValueType | undefined => {
  switch (declaration.kind) {
    case 'action':
    case 'function':
      return declaration.returns;
    case 'condition':
      return 'BOOLEAN';
    case 'iterator':
      return declaration.yields;
    case 'variable':
      return declaration.type;
  }
};

const attributesOf = (
  attributes: Extract<Declaration, { attributes: unknown }>['attributes'],
): readonly CatalogueAttribute[] =>
  Object.entries(attributes).map(([name, { type, required, alias, options, note }]) => ({
    name,
    type,
    required: required ?? false,
    alias: alias ?? [],
    ...(options === undefined ? {} : { options }),
    ...(note === undefined ? {} : { note }),
  }));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
