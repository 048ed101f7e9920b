import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@signalbox/client';

/**
 * The sample: 10,000 real reports of aircraft striking wildlife go into a queue, a bot checks, normalises and files them.
 * Everything here goes through the public API, as anybody's program would.
 */
export interface SampleOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly outputFile: string;
  readonly show: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

const MODEL = 'Bird strike report';
const QUEUE = 'Bird strikes';
const BOT = 'File bird strike report';
const POOL = 'Everything here';
const AUTOMATION = 'File bird strikes';

/** The columns of birdstrikes.csv. */
const ATTRIBUTES = [
  { name: 'Airport Name', type: 'TEXT', isRequired: true },
  { name: 'Aircraft Make Model', type: 'TEXT' },
  { name: 'Effect Amount of damage', type: 'TEXT', isRequired: true },
  { name: 'Flight Date', type: 'DATE' },
  { name: 'Aircraft Airline Operator', type: 'TEXT' },
  { name: 'Origin State', type: 'TEXT' },
  { name: 'Phase of flight', type: 'TEXT' },
  { name: 'Wildlife Size', type: 'TEXT' },
  { name: 'Wildlife Species', type: 'TEXT' },
  { name: 'Time of day', type: 'TEXT' },
  { name: 'Cost Other', type: 'NUMBER' },
  { name: 'Cost Repair', type: 'NUMBER' },
  { name: 'Cost Total $', type: 'NUMBER' },
  { name: 'Speed IAS in knots', type: 'NUMBER' },
] as const;

/** Sets up what is missing of the sample, then shows how it is worked off. Answers the queue's id. */
export async function playSample(options: SampleOptions): Promise<number> {
  const client = new Client({ url: options.url, username: options.username, password: options.password });
  const api: Api = (method, path, body) => client.call(method, path, body);
  const queueId = await setUp(api, options);
  await watch(api, queueId, options);
  return queueId;
}

type Api = <Answer>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<Answer>;

/**
 * Model and queue, the bot, a pool with the runner, the file, the automation. Each is looked for first, so that a set-up
 * that was interrupted is finished by the next start.
 */
async function setUp(api: Api, { outputFile, show, signal }: SampleOptions): Promise<number> {
  const automation = await findByName(api, '/v3/wlm/automations/list', AUTOMATION);
  const known = await findByName(api, '/v3/wlm/queues/list', QUEUE);
  if (automation && known) return Number(known.id);
  show.write(
    'Setting up the sample through the API: a queue of 10,000 bird strike reports, and a bot to file them …\n',
  );

  const model =
    (await findByName(api, '/v3/wlm/workitemmodels/list', MODEL)) ??
    (await api<Named>('POST', '/v4/wlm/workitemmodels', { name: MODEL, attributes: ATTRIBUTES }));
  const queue =
    known ??
    (await api<Named>('POST', '/v3/wlm/queues', {
      name: QUEUE,
      description: 'Reports of aircraft striking wildlife',
      workItemModelId: model.id,
      displayColumns: ['Airport Name', 'Effect Amount of damage', 'Flight Date', 'Cost Total $'],
    }));

  const folder = await api<Named>('POST', '/v2/repository/workspaces/public/files/bypath', {
    path: 'Automation Anywhere\\Bots',
  });
  const bot =
    (await findByName(api, `/v2/repository/folders/${folder.id}/list`, BOT)) ??
    (await api<Named>('POST', '/v2/repository/files', {
      contentType: 'application/vnd.aa.taskbot',
      name: BOT,
      parentFolderId: folder.id,
    }));
  const content = JSON.parse(await readFile(join(import.meta.dirname, 'bot.json'), 'utf8'));
  await api('PUT', `/v2/repository/files/${bot.id}/content`, content);

  const pool =
    (await findByName(api, '/v2/devices/pools/list', POOL)) ??
    (await api<Named>('POST', '/v2/devices/pools', {
      name: POOL,
      deviceIds: [await untilDevice(api, signal)],
      automationScheme: 'ROUND_ROBIN',
      timeSlice: '5',
    }));

  const { total } = await api<{ total: number }>('GET', `/signalbox/v1/explain/queues/${queue.id}`);
  if (total === 0) {
    const form = new FormData();
    form.set('file', await openAsBlob(join(import.meta.dirname, 'birdstrikes.csv')), 'birdstrikes.csv');
    const receipt = await api<{ read: number; loaded: number; wrong: number }>(
      'POST',
      `/v4/wlm/queues/${queue.id}/file`,
      form,
    );
    show.write(
      `Loaded birdstrikes.csv: ${receipt.read} rows read, ${receipt.loaded} in the queue, ${receipt.wrong} of them not fit to be worked.\n`,
    );
  }

  const self = await api<Named>('GET', '/v1/usermanagement/users/self');
  await api('POST', '/v3/wlm/automations', {
    name: AUTOMATION,
    fileId: bot.id,
    queueId: queue.id,
    poolIds: [pool.id],
    runAsUserIds: [self.id],
    botInput: { outputFile: { type: 'STRING', string: outputFile } },
    status: 'ACTIVE',
  });
  return Number(queue.id);
}

/** Ids come as numbers or as texts, as each call of the vendor's has them; both are taken back. */
interface Named {
  readonly id: number | string;
}

async function untilDevice(api: Api, signal: AbortSignal): Promise<string> {
  for (;;) {
    const { list } = await api<{ list: { id: string }[] }>('POST', '/v2/devices/list', {
      filter: { operator: 'eq', field: 'status', value: 'CONNECTED' },
    });
    if (list[0]) return list[0].id;
    signal.throwIfAborted();
    await sleep(100);
  }
}

async function findByName(api: Api, path: string, name: string): Promise<Named | undefined> {
  const { list } = await api<{ list: Named[] }>('POST', path, {
    filter: { operator: 'eq', field: 'name', value: name },
  });
  return list[0];
}

type Counts = Readonly<
  Record<'NEW' | 'READY_TO_RUN' | 'ACTIVE' | 'COMPLETED' | 'FAILED' | 'DATA_ERROR' | 'ON_HOLD' | 'UNKNOWN', number>
>;

/** One line that is rewritten while bots work (on a terminal), then the sum. */
async function watch(api: Api, queueId: number, { outputFile, show, signal }: SampleOptions): Promise<void> {
  const started = performance.now();
  let before: number | undefined;
  let worked = 0;
  for (;;) {
    const { counts, total } = await api<{ counts: Counts; total: number }>(
      'GET',
      `/signalbox/v1/explain/queues/${queueId}`,
    );
    const left = counts.NEW + counts.READY_TO_RUN + counts.ACTIVE;
    before ??= left;
    worked = before - left;
    const seconds = (performance.now() - started) / 1000;
    const rate = worked / Math.max(seconds, 0.001);
    const line = `${counts.COMPLETED} done, ${counts.FAILED} failed, ${counts.DATA_ERROR} not fit, ${left} left of ${total} · ${Math.round(rate)} items/s · ${
      left === 0 ? 'finished' : rate > 0 ? `about ${Math.ceil(left / rate)} s to go` : 'starting'
    }`;
    if (show.isTTY) show.write(`\r\x1b[K${line}`);
    else if (left === 0 || Math.round(seconds) % 5 === 0) show.write(`${line}\n`);
    if (left === 0 || signal.aborted) break;
    await sleep(show.isTTY ? 250 : 1000);
  }
  if (show.isTTY) show.write('\n');
  if (worked > 0) show.write(`The filed reports: ${outputFile}\n`);
}
