import { Type } from 'typebox';
import type { Assistant, AssistantRun } from '../../../domain/assistants/index.ts';
import { Moment, moment, momentOrNull, Nullable, v1 } from '../wire.ts';

/* Contract robocorp §4.12. */

export const declared = { module: 'Assistants', versions: v1, provenance: 'documented' } as const;

export const reads = { workspace: 'Assistants.read_assistants' } as const;
export const writes = { workspace: 'Assistants.write_assistants' } as const;

export const AssistantShown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  task: Type.Object({ package_id: Type.String(), name: Type.String() }),
  created_at: Moment,
});

export function render({ id, name, packageId, taskName, createdOn }: Assistant): object {
  return { id, name, task: { package_id: packageId, name: taskName }, created_at: moment(createdOn) };
}

export const RunShown = Type.Object({
  id: Type.String(),
  state: Type.Enum(['in_progress', 'completed', 'failed']),
  error: Nullable(Type.Object({ code: Type.String() })),
  started_at: Moment,
  ended_at: Nullable(Moment),
  duration: Nullable(Type.Number()),
  assistant: Type.Object({ id: Type.String(), name: Type.String() }),
});

export function renderRun(run: AssistantRun): object {
  return {
    id: run.id,
    state: run.state,
    error: run.errorCode === null ? null : { code: run.errorCode },
    started_at: moment(run.startedOn),
    ended_at: momentOrNull(run.endedOn),
    duration: run.duration,
    assistant: { id: run.assistantId, name: run.assistantName },
  };
}
