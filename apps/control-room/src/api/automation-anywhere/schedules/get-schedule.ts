import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { bothVersions, mayView, SCHEDULE } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';

export const getSchedule = operation({
  name: 'getSchedule',
  summary: 'Read a schedule',
  module: 'Bot Scheduler',
  method: 'GET',
  path: '/schedule/automations/{id}',
  versions: bothVersions,
  provenance: 'inferred',
  access: mayView,
  objects: SCHEDULE,
  params: ids('id'),
  answer: { status: 200, schema: ScheduleAnswer, description: 'The schedule.' },
  handle: async ({ caller, params }, { schedules, tenant }) =>
    renderSchedule(await schedules.get(caller, params.id), tenant),
});
