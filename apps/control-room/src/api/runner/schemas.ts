import { Type } from 'typebox';

export const DeviceFactsBody = Type.Object({
  hostName: Type.String({ minLength: 1, maxLength: 255 }),
  fullyQualifiedHostName: Type.Optional(Type.String({ maxLength: 255 })),
  os: Type.String({ maxLength: 200 }),
  agentVersion: Type.String({ maxLength: 50 }),
  capacity: Type.Integer({ minimum: 1, maximum: 1_000, description: 'Bots that it runs at the same time.' }),
  capabilities: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Versions, cores, memory, action packages.',
  }),
});

export const SessionId = Type.String({ minLength: 36, maxLength: 36 });

/** An item under the version that its claim gave out. */
export const HeldItem = Type.Object({ id: Type.Integer(), version: Type.Integer() });

/** A run under the version that its claim gave out. */
export const HeldRun = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
  version: Type.Integer(),
});

/** A moment of the runner's clock, ISO 8601. */
export const Moment = Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d{2}-\\d{2}T' });

/** What a runner is to do with a run that it has. */
export const RunCommand = Type.Object({
  ...HeldRun.properties,
  command: Type.Enum(['PAUSE', 'RESUME', 'STOP']),
});
