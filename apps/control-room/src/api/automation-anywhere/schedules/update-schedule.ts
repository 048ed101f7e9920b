import type { Schedule } from '../../../domain/schedules/index.ts';
import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { mayChange, SCHEDULE, v1WithGuessedV2 } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';
import { readSettings, ScheduleBody } from './schedule-body.ts';

export const updateSchedule = operation({
  name: 'updateSchedule',
  summary: 'Change a schedule',
  description:
    'What is not named stays, so that the whole schedule may be sent back with one field changed. It goes on running in the name of whoever created it; whoever says what it deploys must be allowed to deploy that himself.',
  module: 'Bot Scheduler',
  method: 'PUT',
  path: '/schedule/automations/{id}',
  versions: v1WithGuessedV2,
  provenance: 'documented',
  access: mayChange,
  objects: SCHEDULE,
  params: ids('id'),
  refuses: [409],
  body: ScheduleBody,
  answer: { status: 200, schema: ScheduleAnswer, description: 'The schedule as it is now.' },
  handle: async ({ caller, params, body }, { schedules, tenant }) => {
    const change = (before: Schedule) => readSettings(body, before);
    return renderSchedule(await schedules.update(caller, params.id, change, body.version), tenant);
  },
});
