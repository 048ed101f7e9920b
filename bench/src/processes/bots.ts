import { bot, say } from '../../../acceptance/src/support/runner.ts';
import { secondsOf, share, until } from '../timing.ts';
import { CALLERS, LONGEST_SECONDS, type Shift, STEPS, type Worked } from './shift.ts';

const BATCH = 100;

/**
 * The same through queues: one for each step, one after the other, each filled with the same items by a hundred and worked off by a bot
 * that leaves one word. From the first that is added to the last that ends.
 */
export async function workOffByBots({ room: { api, query }, deviceIds, items, begins }: Shift): Promise<Worked> {
  const model = await api<{ id: number }>('POST', '/v4/wlm/workitemmodels', {
    name: 'counted',
    attributes: [{ name: 'n', type: 'NUMBER' }],
  });
  const pool = await api<{ id: string }>('POST', '/v2/devices/pools', {
    name: 'runners',
    automationScheme: 'ROUND_ROBIN',
    timeSlice: '5',
    deviceIds,
  });
  const queueIds: number[] = [];
  for (const step of STEPS) {
    const queue = await api<{ id: number }>('POST', '/v4/wlm/queues', { name: step, workItemModelId: model.id });
    const file = await api<{ id: string }>('POST', '/v2/repository/files', {
      name: step,
      contentType: 'application/vnd.aa.taskbot',
      parentFolderId: '2',
    });
    await api('PUT', `/v2/repository/files/${file.id}/content`, bot(say(`${step}$item{n}$`)));
    await api('POST', '/v4/wlm/automations', {
      name: step,
      queueId: queue.id,
      fileId: file.id,
      poolId: pool.id,
      runAsUserIds: [1],
    });
    queueIds.push(queue.id);
  }

  begins();
  const seconds = await secondsOf(async () => {
    for (const queueId of queueIds) {
      await share(items / BATCH, CALLERS, (_, index) =>
        api('POST', `/v4/wlm/queues/${queueId}/workitems`, {
          workItems: Array.from({ length: BATCH }, (_, n) => ({ json: { n: index * BATCH + n } })),
        }),
      );
      await until(`queue ${queueId} is worked off`, LONGEST_SECONDS, async () => {
        const { counts } = await api<{ counts: Readonly<Record<string, number>> }>(
          'GET',
          `/signalbox/v1/explain/queues/${queueId}`,
        );
        const { COMPLETED = 0, FAILED = 0, UNKNOWN = 0 } = counts;
        return COMPLETED + FAILED + UNKNOWN === items;
      });
    }
  });
  const [row] = await query<{ complete: number }>(
    `select count(*)::int as complete from (
       select y.json ->> 'n' from work_item w join work_item_payload y on y.work_item_id = w.id
       where w.status = 'COMPLETED' and w.result = substr($2, array_position($1::bigint[], w.queue_id), 1) || (y.json ->> 'n')
       group by 1 having count(distinct w.queue_id) = array_length($1::bigint[], 1)) whole`,
    [queueIds, STEPS.join('')],
  );
  return { seconds, complete: row?.complete ?? 0 };
}
