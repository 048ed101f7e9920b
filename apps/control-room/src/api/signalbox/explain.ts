import { type TSchema, Type } from 'typebox';
import { type Explanation, explainWaiting } from '../../domain/work/index.ts';
import { ids } from '../automation-anywhere/wire.ts';
import { mayUse, QUEUE } from '../automation-anywhere/workload/access.ts';
import { operation } from '../operation.ts';

export const ExplanationAnswer: TSchema = Type.Object({
  reason: Type.String({ description: 'For machines; stable.' }),
  text: Type.String({ description: 'For people.' }),
  next: Type.Union([Type.String(), Type.Null()], { description: 'When something happens by itself.' }),
});

export function renderExplanation({ reason, text, next }: Explanation): object {
  return { reason, text, next: next?.toString() ?? null };
}

export const explainItem = operation({
  name: 'explainWorkItem',
  summary: 'Why a work item is where it is, and when next',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/explain/work-items/{id}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: mayUse,
  objects: { id: { kind: 'workItem', visibleTo: 'shared' } },
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'The item and its reason.',
  },
  handle: async ({ caller, params }, { work, runs, processes }) => {
    const { queue, item, explanation } = await work.explaining.item(caller, params.id, runs.serviceOf);
    const ofProcess = await processes.explaining.item(queue, item);
    const [logs, progress] = await Promise.all([runs.itemLogs.read(item.id), runs.itemProgress.read(item.id)]);
    return {
      workItem: {
        id: item.id,
        status: item.status,
        version: item.version,
        attempts: item.attempts,
        retryCount: item.retryCount,
      },
      queue: { id: queue.id, name: queue.name },
      explanation: renderExplanation(ofProcess ?? explanation),
      progress: progress ? { ...progress, updatedOn: progress.updatedOn.toString() } : null,
      log: logs.reverse().map(({ occurredOn, level, text }) => ({ occurredOn: occurredOn.toString(), level, text })),
    };
  },
});

export const explainQueue = operation({
  name: 'explainQueue',
  summary: 'What is in a queue, and why the next item is or is not taken',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/explain/queues/{id}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: mayUse,
  objects: QUEUE,
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'Counts by status, and the reason.',
  },
  handle: async ({ caller, params }, { work, runs }) => {
    const queue = await work.queues.get(caller, params.id);
    const [{ counts, total }, service] = await Promise.all([
      work.explaining.counts(queue.id),
      runs.serviceOf(queue.id),
    ]);
    const waiting = counts.NEW;
    const explanation: Explanation =
      waiting === 0
        ? { reason: 'EMPTY', text: 'No item waits.', next: null }
        : explainWaiting(queue, service, Math.max(0, waiting - 1));
    return {
      queue: { id: queue.id, name: queue.name },
      counts,
      total,
      runners: { alive: service.runnersAlive, known: service.runnersKnown },
      explanation: renderExplanation(
        waiting > 0 && explanation.reason === 'IN_LINE'
          ? { ...explanation, text: `${waiting} items wait and are being taken.` }
          : explanation,
      ),
    };
  },
});
