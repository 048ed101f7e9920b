import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { bothVersions, mayView } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';

export const listSchedules = operation({
  name: 'listSchedules',
  summary: 'List schedules',
  description:
    'One’s own; with the right to manage all schedules, or those of one’s folders, also those of others. zonedNextRunDateTime is the next run, in UTC, and empty when none comes.',
  module: 'Bot Scheduler',
  method: 'POST',
  path: '/schedule/automations/list',
  versions: bothVersions,
  provenance: 'documented',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(ScheduleAnswer), description: 'One page of schedules.' },
  handle: async ({ caller, body }, { schedules, tenant }) => {
    const request = readListRequest(body);
    return renderList(await schedules.list(caller, request), request, (schedule) => renderSchedule(schedule, tenant));
  },
});
