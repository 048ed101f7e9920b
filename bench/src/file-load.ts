import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { FormData, request } from 'undici';
import { type ControlRoom, openControlRoom } from './control-room.ts';
import { CSV_COLUMNS, writeCsv } from './csv-file.ts';
import type { Measurement } from './measurement.ts';
import { median, ratio, whole } from './statistics.ts';
import { secondsOf } from './timing.ts';

const ROWS = 1_000_000;
const MOST_TIMES_COPY = 6;
const MOST_MEMORY = 512 * 1024 * 1024;

/** A large file into a queue, beside the fastest thing that PostgreSQL can do with the same file. */
export const fileLoad: Measurement = {
  name: 'file',
  run: async (bench) => {
    const rows = bench.quick ? ROWS / 10 : ROWS;
    const file = join(bench.folder, 'rows.csv');
    await writeCsv(file, rows);
    const { size } = await stat(file);
    bench.tell(`${whole(rows)} rows, ${whole(size / 1e6)} MB`);
    const room = await openControlRoom(bench, { name: 'file_load', runners: 1 });
    const model = await room.api<{ id: number }>('POST', '/v4/wlm/workitemmodels', {
      name: 'Row',
      attributes: CSV_COLUMNS,
    });

    const copies: number[] = [];
    const loads: number[] = [];
    for (let turn = 0; turn < (bench.quick ? 1 : 3); turn++) {
      copies.push(await copy(room.databaseUrl, file, turn));
      loads.push(await load(room, file, rows, model.id, turn));
      bench.tell(`COPY ${copies[turn]?.toFixed(2)} s, into a queue ${loads[turn]?.toFixed(2)} s`);
    }
    const memory = await room.server.peakMemory();
    await room.close();

    const [copied, loaded] = [median(copies), median(loads)];
    const row = (name: string, seconds: number) => ({
      name,
      cells: [seconds.toFixed(2), whole(rows / seconds), ratio(seconds / copied)],
    });
    return {
      title: `A CSV file of ${whole(rows)} rows and five columns`,
      columns: ['seconds', 'rows/s', 'times COPY'],
      rows: [row('COPY into a plain table of five text columns', copied), row('POST /v4/wlm/queues/{id}/file', loaded)],
      aims: [
        {
          text: `within ${MOST_TIMES_COPY} times COPY`,
          reached: ratio(loaded / copied),
          met: loaded <= MOST_TIMES_COPY * copied,
        },
        {
          text: 'the server never needs more than 512 MB',
          reached: memory === undefined ? 'not known on this system' : `${whole(memory / 2 ** 20)} MB at most`,
          met: memory !== undefined && memory < MOST_MEMORY,
        },
      ],
    };
  },
};

async function copy(databaseUrl: string, file: string, turn: number): Promise<number> {
  const client = new Client(databaseUrl);
  await client.connect();
  const table = `plain_${turn}`;
  await client.query(`create table ${table} (${CSV_COLUMNS.map(({ name }) => `${name} text`).join(', ')})`);
  const seconds = await secondsOf(() =>
    pipeline(
      createReadStream(file, { highWaterMark: 1 << 20 }),
      client.query(copyFrom(`copy ${table} from stdin (format csv, header)`)),
    ),
  );
  await client.end();
  return seconds;
}

/** Into a queue of its own each time. The client reads the file from disk while it sends. */
async function load(
  { api, server, token }: ControlRoom,
  file: string,
  rows: number,
  workItemModelId: number,
  turn: number,
): Promise<number> {
  const queue = await api<{ id: string }>('POST', '/v3/wlm/queues', { name: `Rows ${turn}`, workItemModelId });
  const form = new FormData();
  form.set('file', await openAsBlob(file), 'rows.csv');
  let answer = '';
  const seconds = await secondsOf(async () => {
    const { body } = await request(`${server.url}/v4/wlm/queues/${queue.id}/file`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    answer = await body.text();
  });
  const { loaded, wrong } = JSON.parse(answer) as { loaded?: number; wrong?: number };
  if (loaded !== rows || wrong !== 0) throw new Error(`Of ${rows} rows not all were loaded: ${answer.slice(0, 300)}`);
  return seconds;
}
