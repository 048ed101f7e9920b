import { type Static, Type } from 'typebox';
import {
  AUTOMATION_SCHEMES,
  type AutomationScheme,
  type PoolChanges,
  TIME_SLICE_UNITS,
} from '../../../domain/fleet/index.ts';
import { error } from '../../../kernel/errors.ts';
import { Id } from '../wire.ts';

/** Creating and changing a pool take the same fields (contract a §8.4); when changing, what is absent stays. */
const fields = {
  name: Type.String({ minLength: 1, maxLength: 255 }),
  description: Type.Optional(Type.String({ maxLength: 4_000 })),
  deviceIds: Type.Optional(Type.Array(Id, { maxItems: 10_000 })),
  automationScheme: Type.String({ description: `${AUTOMATION_SCHEMES.join(' or ')}` }),
  timeSlice: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100_000, description: 'How long an automation keeps a device at a stretch.' }),
  ),
  timeSliceUnit: Type.Optional(Type.Enum(TIME_SLICE_UNITS)),
  ownerIds: Type.Optional(Type.Array(Id, { maxItems: 10_000, description: 'Ids of users.' })),
  consumerIds: Type.Optional(Type.Array(Id, { maxItems: 10_000, description: 'Ids of users or roles.' })),
};

export const PoolBody = Type.Object(fields);
export const PoolChangeBody = Type.Object({
  ...fields,
  name: Type.Optional(fields.name),
  automationScheme: Type.Optional(fields.automationScheme),
  version: Type.Optional(Type.Integer()),
});

export function readPoolChanges(body: Omit<Static<typeof PoolChangeBody>, 'version'>): PoolChanges {
  const { automationScheme, ...same } = body;
  return { ...same, automationScheme: automationScheme === undefined ? undefined : readScheme(automationScheme) };
}

/** The word for the second scheme is not evidenced: whatever begins with "priority" means it. */
export function readScheme(word: string): AutomationScheme {
  const letters = word.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === 'ROUNDROBIN') return 'ROUND_ROBIN';
  if (letters.startsWith('PRIORITY')) return 'PRIORITY';
  throw error('invalid', `There is no automation scheme "${word.slice(0, 50)}".`, {
    details: `expected one of ${AUTOMATION_SCHEMES.join(', ')}`,
  });
}
