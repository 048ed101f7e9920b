import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { mayChange, SCHEDULE, v1WithGuessedV2 } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';
import { keepsCallback, readSettings, ScheduleBody } from './schedule-body.ts';

export const updateSchedule = operation({
  name: 'updateSchedule',
  summary: 'Change a schedule',
  description:
    'Takes the whole schedule. Parts that are not named at all stay: when it runs, what it deploys, the callback. It goes on running in the name of whoever created it; whoever says what it deploys must be allowed to deploy that himself.',
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
    const before = await schedules.get(caller, params.id);
    const options = { version: body.version, keepCallback: keepsCallback(body, before) };
    return renderSchedule(await schedules.update(caller, params.id, readSettings(body, before), options), tenant);
  },
});
