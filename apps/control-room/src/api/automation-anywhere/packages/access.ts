import type { Objects } from '../../operation.ts';

/** Whoever works with bots may know of what they are made. [inferred] */
export const mayViewPackages = { anyOf: ['packagemanager.view', 'repositorymanager.view'] } as const;
export const PACKAGE: Readonly<Record<string, Objects>> = { id: { kind: 'packageVersion', visibleTo: 'everyone' } };

export const MODULE = 'Packages';
