import { BotError, type Host, packageVariable, type WorkItemFacts } from './declaration.ts';
import type { BotVariable } from './document/model.ts';
import { copyOf } from './json.ts';
import { BotRecord, type BotValue } from './value.ts';

/** The work item a run is about, as the queue hands it over. `attempt` counts from 1. */
export interface WorkItem extends WorkItemFacts {
  readonly fields: ReadonlyMap<string, BotValue>;
}

/**
 * `$WorkItem:Id$`, `$WorkItem:Attempt$`, `$WorkItem:QueueName$`: an extension of Signalbox. The vendor's documents have
 * no such variables; a bot that uses them runs here only.
 */
export const workItemVariables = [
  packageVariable({
    package: 'WorkItem',
    name: 'Id',
    summary: 'The id of the work item this run is about.',
    runsOn: 'anywhere',
    type: 'STRING',
    since: '0.1.0',
    read: (host) => itemOf(host).id,
  }),
  packageVariable({
    package: 'WorkItem',
    name: 'Attempt',
    summary: 'Which attempt at the work item this run is, from 1.',
    runsOn: 'anywhere',
    type: 'NUMBER',
    since: '0.1.0',
    read: (host) => itemOf(host).attempt,
  }),
  packageVariable({
    package: 'WorkItem',
    name: 'QueueName',
    summary: 'The queue the work item came from.',
    runsOn: 'anywhere',
    type: 'STRING',
    since: '0.1.0',
    read: (host) => itemOf(host).queueName,
  }),
];

/** The item's fields as a variable flagged `workItem` has them: a RECORD keeps its schema's columns first, in their order. */
export function bindFields(variable: BotVariable, fields: ReadonlyMap<string, BotValue>): BotValue {
  if (variable.type !== 'RECORD') return copyOf(new Map(fields));
  const columns = [...variable.schema];
  const known = new Set(columns.map((column) => column.name.toLowerCase()));
  for (const name of fields.keys()) {
    if (!known.has(name.toLowerCase())) columns.push({ name, type: 'ANY' });
  }
  const byName = new Map(Array.from(fields, ([name, value]) => [name.toLowerCase(), value]));
  return new BotRecord(
    columns,
    columns.map((column) => copyOf(byName.get(column.name.toLowerCase()) ?? null)),
  );
}

/** The fields as the bot left them. */
export function fieldsOf(value: BotValue): Map<string, BotValue> | undefined {
  if (value instanceof Map) return new Map(value);
  if (!(value instanceof BotRecord)) return undefined;
  return new Map(value.columns.map((column, at) => [column.name, value.values[at] ?? null]));
}

function itemOf(host: Host): WorkItemFacts {
  if (host.workItem === undefined) throw new BotError('This run is not about a work item');
  return host.workItem;
}
