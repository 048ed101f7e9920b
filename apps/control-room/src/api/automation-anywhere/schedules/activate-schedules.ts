import { type TSchema, Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { mayChange, v1WithGuessedV2 } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';

const declared = {
  module: 'Bot Scheduler',
  method: 'PUT',
  versions: v1WithGuessedV2,
  provenance: 'documented',
  access: mayChange,
  refuses: [404],
} as const;
const body: TSchema = Type.Unknown({
  description: 'A list of ids, or an object with them in automationIds, ids, scheduleIds or id.',
  examples: [{ automationIds: ['1'] }],
});
const answer = {
  status: 200,
  schema: Type.Object({ list: Type.Array(ScheduleAnswer) }),
  description: 'The schedules as they are now.',
} as const;

export const activateSchedules = operation({
  ...declared,
  name: 'activateSchedules',
  summary: 'Activate schedules',
  description: 'All of them or none. One that would never run any more is refused.',
  path: '/schedule/automations/activate',
  body,
  answer,
  handle: async (call, { schedules, tenant }) => {
    const activated = await schedules.activate(call.caller, readIds(call.body));
    return { list: activated.map((schedule) => renderSchedule(schedule, tenant)) };
  },
});

export const deactivateSchedules = operation({
  ...declared,
  name: 'deactivateSchedules',
  summary: 'Deactivate schedules',
  description: 'All of them or none. What they have deployed goes on.',
  path: '/schedule/automations/deactivate',
  body,
  answer,
  handle: async (call, { schedules, tenant }) => {
    const deactivated = await schedules.deactivate(call.caller, readIds(call.body));
    return { list: deactivated.map((schedule) => renderSchedule(schedule, tenant)) };
  },
});

const NAMES = /^(automationids?|ids?|scheduleids?)$/i;

/** The shape of the body is not evidenced (contract a §11.1): what could be meant is taken. @throws invalid */
function readIds(given: unknown): number[] {
  const named =
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? Object.entries(given).find(([key, value]) => NAMES.test(key) && value !== null)?.[1]
      : given;
  return readIdList(Array.isArray(named) ? named : [named]);
}

/** Numbers, texts of digits, or several of them with commas between. @throws invalid when there is none */
export function readIdList(given: readonly unknown[]): number[] {
  const words = given.flatMap((one) => (typeof one === 'string' ? one.split(',') : [one]));
  const ids = words.map((word) =>
    typeof word === 'string' && word.trim() === '' ? Number.NaN : Number(word ?? Number.NaN),
  );
  if (ids.length > 0 && ids.length <= MOST_IDS && ids.every((id) => Number.isSafeInteger(id) && id >= 0)) return ids;
  throw error('invalid', 'The ids of the schedules cannot be read.', {
    details: `expected 1 to ${MOST_IDS} ids, such as {"automationIds": ["1"]}`,
  });
}

const MOST_IDS = 1_000;
