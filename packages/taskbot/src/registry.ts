import type { Action, Condition, Declaration, Iterator, PackageFunction, PackageVariable } from './declaration.ts';
import { workItemVariables } from './work-item.ts';

type Kind = Declaration['kind'];

/** All that bots can name, found by package and name; letter case does not count, aliases do. */
export interface Registry {
  readonly declarations: readonly Declaration[];
  hasPackage(name: string): boolean;
  action(packageName: string, name: string): Action | undefined;
  condition(packageName: string, name: string): Condition | undefined;
  iterator(packageName: string, name: string): Iterator | undefined;
  packageFunction(packageName: string, name: string): PackageFunction | undefined;
  packageVariable(packageName: string, name: string): PackageVariable | undefined;
}

/**
 * Puts declarations into one catalogue, together with the interpreter's own `$WorkItem:…$` variables. Two declarations
 * of one kind under one name are a mistake of their authors and throw.
 */
export function createRegistry(declarations: readonly Declaration[]): Registry {
  const all = [...declarations, ...workItemVariables];
  const members = new Map<string, Declaration>();
  const packages = new Set<string>();
  for (const declaration of all) {
    packages.add(declaration.package.toLowerCase());
    const aliases = 'alias' in declaration ? (declaration.alias ?? []) : [];
    for (const name of [declaration.name, ...aliases]) {
      const key = keyOf(declaration.kind, declaration.package, name);
      if (members.has(key)) throw new Error(`Declared twice: ${declaration.kind} ${declaration.package}.${name}`);
      members.set(key, declaration);
    }
  }
  const find = <K extends Kind>(kind: K, packageName: string, name: string) =>
    // The kind is part of the key, so what is found under it is of that kind.
    members.get(keyOf(kind, packageName, name)) as Extract<Declaration, { kind: K }> | undefined;
  return {
    declarations: all,
    hasPackage: (name) => packages.has(name.toLowerCase()),
    action: (packageName, name) => find('action', packageName, name),
    condition: (packageName, name) => find('condition', packageName, name),
    iterator: (packageName, name) => find('iterator', packageName, name),
    packageFunction: (packageName, name) => find('function', packageName, name),
    packageVariable: (packageName, name) => find('variable', packageName, name),
  };
}

function keyOf(kind: Kind, packageName: string, name: string): string {
  return `${kind} ${packageName.trim().toLowerCase()}.${name.trim().toLowerCase()}`;
}
