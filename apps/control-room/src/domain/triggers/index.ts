import type { Kernel } from '../../kernel/kernel.ts';
import type { Caller } from '../identity/index.ts';
import { createActing } from './acting.ts';
import { createEvaluations, explainTrigger } from './evaluations.ts';
import { createHappenings } from './happenings.ts';
import { createHooks } from './hooks.ts';
import { createLookOut } from './look-out.ts';
import { createMappings } from './mappings.ts';
import { createQueueDepth } from './queue-depth.ts';
import { createTriggers, type TriggersParts } from './triggers.ts';

/** Deployments that begin because something happened. */
export function createTriggering(kernel: Kernel, parts: TriggersParts) {
  const acting = createActing(kernel, parts.launches);
  const triggers = createTriggers(kernel, parts);
  const evaluations = createEvaluations(kernel);
  const mappings = createMappings(kernel, parts.repository);
  return {
    ...triggers,
    mappings,
    hooks: createHooks(kernel, acting),
    lookOut: createLookOut(kernel, createHappenings(kernel, parts, acting), createQueueDepth(kernel, parts, acting)),

    /** What the trigger saw, the newest first. @throws notFound */
    async evaluations(caller: Caller, id: number) {
      await triggers.get(caller, id);
      return evaluations.list(id);
    },

    /** @throws notFound */
    async explain(caller: Caller, id: number) {
      const trigger = await triggers.get(caller, id);
      const [last] = await evaluations.list(id);
      return { trigger, last, explanation: explainTrigger(trigger, last) };
    },

    /** Background duties. */
    async sweep(): Promise<void> {
      await Promise.all([mappings.sweep(), evaluations.sweep()]);
    },
  };
}

export type Triggering = ReturnType<typeof createTriggering>;
export { EVALUATION_OUTCOMES, type EvaluationOutcome } from './acting.ts';
export type { KeptEvaluation } from './evaluations.ts';
export type { HookCall } from './hooks.ts';
export type { NewMappings, TriggerMapping } from './mappings.ts';
export {
  END_STATUSES,
  readSettings,
  type SaidSettings,
  TRIGGER_KINDS,
  type TriggerKind,
  type TriggerSettings,
} from './settings.ts';
export { TRIGGER_STATUSES, type Trigger, type TriggerStatus } from './trigger.ts';
export type { NewTrigger } from './triggers.ts';
