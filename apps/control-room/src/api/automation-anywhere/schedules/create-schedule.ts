import { operation } from '../../operation.ts';
import { bothVersions, mayAdd } from './access.ts';
import { renderSchedule, ScheduleAnswer } from './render.ts';
import { readSettings, ScheduleBody } from './schedule-body.ts';

export const createSchedule = operation({
  name: 'createSchedule',
  summary: 'Schedule a bot',
  description:
    'In two parts, schedule and deployment, or flat, under either version. It runs in the name of whoever creates it, with the rights that he has when it runs. What it would deploy is looked at now, and again each time. Our own: deployment.processRequest names a process to run instead of a bot.',
  module: 'Bot Scheduler',
  method: 'POST',
  path: '/schedule/automations',
  versions: bothVersions,
  provenance: 'documented',
  access: mayAdd,
  refuses: [404],
  body: ScheduleBody,
  answer: { status: 201, schema: ScheduleAnswer, description: 'The schedule.' },
  handle: async ({ caller, body }, { schedules, tenant }) =>
    renderSchedule(await schedules.create(caller, readSettings(body)), tenant),
});
