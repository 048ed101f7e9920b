import { Type } from 'typebox';
import { WORKER_STATES } from '../../../domain/fleet/index.ts';

export const WorkerShown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  state: Type.Enum([...WORKER_STATES]),
});

export const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' });
