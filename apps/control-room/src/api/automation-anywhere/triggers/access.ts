import type { Objects } from '../../operation.ts';

/** Permissions of the calls about triggers (contract a §12): one's own, or all of them. */
export const mayManageAll = { anyOf: ['eventtriggers.manage'] } as const;
export const mayManage = { anyOf: ['eventtriggers.manage', 'eventtriggers.managemytriggers'] } as const;
export const mayView = {
  anyOf: ['eventtriggers.view', 'eventtriggers.manage', 'eventtriggers.managemytriggers'],
} as const;

export const TRIGGER: Readonly<Record<string, Objects>> = { id: { kind: 'trigger', visibleTo: 'shared' } };
export const MAPPING: Readonly<Record<string, Objects>> = { id: { kind: 'triggerMapping', visibleTo: 'shared' } };
