import { Type } from 'typebox';
import type { Forecasts, Stretch } from '../../../domain/schedules/index.ts';
import { mayView, SCHEDULE } from '../../automation-anywhere/schedules/access.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { readMoment } from '../moment.ts';

const declared = {
  module: 'Schedules',
  method: 'GET',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: mayView,
  query: Type.Object({
    from: Type.Optional(Type.String({ description: 'The first moment; now when absent or past.' })),
    to: Type.Optional(Type.String({ description: 'The last moment; a week after the first when absent.' })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      list: Type.Array(
        Type.Object({
          scheduleId: Type.String(),
          name: Type.String(),
          scheduledFor: Type.String(),
          runs: Type.Boolean(),
          why: Type.String({ description: 'Why it does not run; empty when it does.' }),
        }),
      ),
      more: Type.Union([Type.String(), Type.Null()], {
        description: 'Where to go on from, when there was more than fits.',
      }),
    }),
    description: 'In the order of time, at most 2000.',
  },
} as const;

export const forecastSchedule = operation({
  ...declared,
  name: 'forecastSchedule',
  summary: 'What a schedule will do between two moments',
  description:
    'By the same rules as it is done. Whether a run before it will be over by then, and the deployment accepted, nobody knows beforehand.',
  path: '/signalbox/v1/schedules/{id}/forecast',
  objects: SCHEDULE,
  params: ids('id'),
  handle: async ({ caller, params, query }, { schedules }) =>
    render(await schedules.forecast(caller, params.id, stretchOf(query))),
});

export const forecastSchedules = operation({
  ...declared,
  name: 'forecastSchedules',
  summary: 'What all schedules will do between two moments',
  description: 'All active ones that the caller may see.',
  path: '/signalbox/v1/schedules/forecast',
  handle: async ({ caller, query }, { schedules }) => render(await schedules.forecastAll(caller, stretchOf(query))),
});

function stretchOf({ from, to }: { readonly from?: string; readonly to?: string }): Stretch {
  return { from: readMoment(from, 'from'), to: readMoment(to, 'to') };
}

function render({ list, more }: Forecasts): object {
  return {
    list: list.map(({ scheduleId, name, at, excluded }) => ({
      scheduleId: String(scheduleId),
      name,
      scheduledFor: at.toString(),
      runs: excluded === undefined,
      why: excluded ?? '',
    })),
    more: more?.toString() ?? null,
  };
}
