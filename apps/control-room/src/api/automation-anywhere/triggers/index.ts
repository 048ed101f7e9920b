import { type Operation, operation } from '../../operation.ts';
import { listOf, readListRequest, renderList } from '../listing.ts';
import { v1Only } from '../wire.ts';
import { mayView } from './access.ts';
import { eventTriggerOperations } from './event-triggers.ts';
import { deleteTriggerMapping, listTriggerMappings, putTriggerMappings } from './mappings.ts';
import { renderTrigger, TriggerAnswer } from './trigger-body.ts';

/** The contract's own choice is GET for the list; it takes no filter. */
const getEventTriggers = operation({
  module: 'Triggers',
  versions: v1Only,
  provenance: 'inferred',
  name: 'getEventTriggers',
  summary: 'All event triggers that the caller sees',
  method: 'GET',
  path: '/triggers/eventtriggers',
  access: mayView,
  answer: { status: 200, schema: listOf(TriggerAnswer), description: 'At most 1000; the list call has pages.' },
  handle: async ({ caller }, { triggers, publicUrl }) => {
    const request = readListRequest(undefined);
    return renderList(await triggers.list(caller, request), request, (trigger) => renderTrigger(trigger, publicUrl));
  },
});

/** Trigger mappings and event triggers: contract a §12. */
export const triggerOperations: readonly Operation[] = [
  putTriggerMappings,
  listTriggerMappings,
  deleteTriggerMapping,
  getEventTriggers,
  ...eventTriggerOperations({
    thing: 'EventTrigger',
    path: '/triggers/eventtriggers',
    versions: v1Only,
    provenance: 'inferred',
  }),
];
