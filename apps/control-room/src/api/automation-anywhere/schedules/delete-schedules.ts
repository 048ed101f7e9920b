import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ids } from '../wire.ts';
import { bothVersions, mayDelete, SCHEDULE, v1WithGuessedV2 } from './access.ts';
import { readIdList } from './activate-schedules.ts';

export const deleteSchedule = operation({
  name: 'deleteSchedule',
  summary: 'Delete a schedule',
  description: 'With what is recorded of its times. What it has deployed goes on.',
  module: 'Bot Scheduler',
  method: 'DELETE',
  path: '/schedule/automations/{id}',
  versions: v1WithGuessedV2,
  provenance: 'documented',
  access: mayDelete,
  objects: SCHEDULE,
  params: ids('id'),
  answer: { status: 204 },
  handle: ({ caller, params }, { schedules }) => schedules.remove(caller, [params.id]),
});

export const deleteSchedules = operation({
  name: 'deleteSchedules',
  summary: 'Delete several schedules',
  description: 'All of them or none.',
  module: 'Bot Scheduler',
  method: 'DELETE',
  path: '/schedule/automations',
  versions: bothVersions,
  provenance: 'documented',
  access: mayDelete,
  refuses: [404],
  query: Type.Object({ automationIds: Type.String({ description: 'Ids with commas between.' }) }),
  answer: { status: 204 },
  handle: ({ caller, query }, { schedules }) => schedules.remove(caller, readIdList([query.automationIds])),
});
