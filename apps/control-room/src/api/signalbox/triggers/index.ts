import { eventTriggerOperations } from '../../automation-anywhere/triggers/event-triggers.ts';
import type { Operation } from '../../operation.ts';
import { explainTrigger, getEvaluations } from './evaluations.ts';
import { callHook, makeTriggerSecret } from './hooks.ts';

export const triggeringOperations: readonly Operation[] = [
  ...eventTriggerOperations({
    thing: 'Trigger',
    path: '/signalbox/v1/triggers',
    versions: [{ name: '' }],
    provenance: 'extension',
  }),
  makeTriggerSecret,
  getEvaluations,
  explainTrigger,
  callHook,
];
