import { Type } from 'typebox';
import { mayView, SCHEDULE } from '../../automation-anywhere/schedules/access.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { ExplanationAnswer, renderExplanation } from '../explain.ts';
import { renderOccurrence } from './history.ts';

export const explainSchedule = operation({
  name: 'explainSchedule',
  summary: 'Why a schedule did not run, and when it runs next',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/explain/schedules/{id}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: mayView,
  objects: SCHEDULE,
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'The schedule, what became of its last time, and its reason.',
  },
  handle: async ({ caller, params }, { schedules }) => {
    const { schedule, last, explanation } = await schedules.explain(caller, params.id);
    return {
      schedule: { id: String(schedule.id), name: schedule.name, status: schedule.status, version: schedule.version },
      last: last ? renderOccurrence(last) : null,
      explanation: renderExplanation(explanation),
    };
  },
});
