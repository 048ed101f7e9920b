import { Type } from 'typebox';
import { CALLBACK_EVENTS, PROCESS_RUN_STATES } from '../../../domain/processes/index.ts';
import { Moment, Nullable, v1 } from '../wire.ts';

/* Contract robocorp §4.5, §4.6. */

export const declared = { module: 'Process Runs', versions: v1, provenance: 'documented' } as const;

export const State = Type.Enum([...PROCESS_RUN_STATES]);

export const ProcessRunShown = Type.Object({
  id: Type.String(),
  state: State,
  created_at: Moment,
  started_at: Nullable(Moment),
  ended_at: Nullable(Moment),
  process: Type.Object({ id: Type.String(), name: Type.String() }),
  started_by: Type.Object({
    type: Type.Enum(['api', 'user', 'schedule', 'email']),
    details: Nullable(Type.Object({ id: Type.String(), first_name: Type.String(), last_name: Type.String() })),
  }),
  duration: Nullable(Type.Number({ description: 'Seconds.' })),
});

export const Callback = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2_000 }),
  secret: Type.String({ minLength: 1, maxLength: 1_000 }),
  callback_events: Type.Array(Type.Enum([...CALLBACK_EVENTS]), { maxItems: 20 }),
});

export const Started = Type.Object({ started: Type.Boolean(), id: Type.Optional(Type.String()) });
