import type { Deprecation, Objects, Version } from '../../operation.ts';

/**
 * Permissions of the calls about schedules (contract a §11.1, §13.3). The two that begin with manageall are for those of
 * others; whose a schedule is, and whose folder, is the domain's rule.
 */
const OTHERS = ['taskscheduling.manageallschedules', 'taskscheduling.manageallmyfolderschedules'] as const;
export const mayView = { anyOf: ['taskscheduling.myschedule', ...OTHERS] } as const;
export const mayAdd = { anyOf: ['taskscheduling.addschedule', ...OTHERS] } as const;
export const mayChange = { anyOf: ['taskscheduling.updateschedule', ...OTHERS] } as const;
export const mayDelete = { anyOf: ['taskscheduling.deleteschedule', ...OTHERS] } as const;

export const SCHEDULE: Readonly<Record<string, Objects>> = { id: { kind: 'schedule', visibleTo: 'shared' } };

/** Contract b §0.9: from v.34 on, end of life in January 2028; the last day of it, as the page names none. */
const deprecated: Deprecation = { since: '2026-02-13', endOfLife: '2028-01-31', successor: 'v2' };

export const bothVersions: readonly Version[] = [{ name: 'v1', deprecated }, { name: 'v2' }];
export const v1WithGuessedV2: readonly Version[] = [
  { name: 'v1', deprecated },
  { name: 'v2', provenance: 'inferred' },
];
