import { type TSchema, Type } from 'typebox';
import { OUTCOMES, type PastOccurrence } from '../../../domain/schedules/index.ts';
import { ListBody, listOf, readListRequest, renderList } from '../../automation-anywhere/listing.ts';
import { mayView, SCHEDULE } from '../../automation-anywhere/schedules/access.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';

export const OccurrenceAnswer: TSchema = Type.Object({
  scheduledFor: Type.String({ description: 'The time at which it was to run.' }),
  outcome: Type.Enum([...OUTCOMES]),
  why: Type.String({ description: 'For people; empty when it simply ran.' }),
  deploymentId: Type.Union([Type.String(), Type.Null()], { description: 'Of a process the id of its run.' }),
  decidedOn: Type.String(),
});

export function renderOccurrence({ scheduledFor, decidedOn, ...rest }: PastOccurrence): object {
  return { ...rest, scheduledFor: scheduledFor.toString(), decidedOn: decidedOn.toString() };
}

export const listOccurrences = operation({
  name: 'listScheduleOccurrences',
  summary: 'List what became of the times of a schedule',
  description:
    'Each time has one outcome, also when nothing ran: missed, excluded, left out, refused. Kept for 90 days.',
  module: 'Schedules',
  method: 'POST',
  path: '/signalbox/v1/schedules/{id}/occurrences/list',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: mayView,
  objects: SCHEDULE,
  params: ids('id'),
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(OccurrenceAnswer), description: 'One page, the newest first.' },
  handle: async ({ caller, params, body }, { schedules }) => {
    const request = readListRequest(body);
    return renderList(await schedules.history(caller, params.id, request), request, renderOccurrence);
  },
});
