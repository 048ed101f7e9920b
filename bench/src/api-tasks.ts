import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Load, Order } from './api-tasks/load-generator.ts';
import { startNodeRed } from './api-tasks/node-red.ts';
import { BOT_FILE } from './api-tasks/zip-codes.ts';
import type { Bench, Findings, Measurement, Row } from './measurement.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';
import { median, ratio, whole } from './statistics.ts';

const CALLERS = [1, 16, 64];
const IDLE_SECONDS = 20;
const ZIP = '94103';
const EXPECTED = 'San Francisco';
const BODY = JSON.stringify({ botInput: { iStrZipCode: { type: 'STRING', string: ZIP } } });

interface Contender {
  readonly name: string;
  readonly round: (callers: number, seconds: number) => Promise<Load>;
}

/** One API Task, executed over HTTP: beside a bare handler, beside Node-RED, beside a process for each call. */
export const apiTasks: Measurement = {
  name: 'api-tasks',
  run: async (bench) => {
    const databaseUrl = await bench.databases.create('api_tasks');
    const server = await startServer({ databaseUrl, dataDir: join(bench.folder, 'api-tasks') });
    const task = await allocate(server);
    const bare = await startBare();
    const nodeRedPort = await freePort();
    const nodeRed = await startNodeRed(bench.folder, nodeRedPort);
    const nodeRedUrl = `http://127.0.0.1:${nodeRedPort}/execute`;
    if (nodeRed === undefined) bench.tell('Node-RED could not be installed and is left out');
    else await untilAnswers(nodeRedUrl);

    const contenders: Contender[] = [
      { name: 'bare Fastify handler', round: http(bare.url, {}) },
      { name: 'Signalbox API Task', round: http(task.url, task.headers) },
      ...(nodeRed === undefined ? [] : [{ name: 'Node-RED flow', round: http(nodeRedUrl, {}) }]),
      { name: 'a cold `node` process a call', round: coldProcesses },
    ];
    const found = await compare(bench, contenders);
    const idle = await afterIdle(bench, task);
    await nodeRed?.stop();
    bare.stop();
    await server.stop();
    return findings(found, { startMs: task.startMs, idle });
  },
};

interface Task {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the request of the allocation to its answer: the median of several, in milliseconds. */
  readonly startMs: number;
}

async function allocate(server: ServerProcess): Promise<Task> {
  let token = '';
  const call = async (method: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { 'x-authorization': token },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const { username, password } = server;
  token = String((await call('POST', '/v2/authentication', { username, password })).token);
  const starts: number[] = [];
  for (let n = 1; n <= 5; n++) {
    const file = await call('POST', '/v2/repository/files', {
      name: `Zip Code ${n}`,
      parentFolderId: '2',
      contentType: 'application/vnd.aa.headlessbot',
    });
    await call('PUT', `/v2/repository/files/${file.id}/content`, await readFile(BOT_FILE, 'utf8'));
    const began = performance.now();
    await call('PUT', '/orchestrator/v1/hotbot/config/create', { fileId: file.id, concurrencyLimit: 64 });
    starts.push(performance.now() - began);
  }
  const path = 'Automation Anywhere\\Bots\\Zip Code 1';
  const { accessDetails } = await call('POST', '/orchestrator/v1/hotbot/config/accessdetails', {
    botRepositoryPath: [path],
  });
  const access = (accessDetails as Record<string, { url: string; headers: Record<string, string> }>)[path];
  if (access === undefined) throw new Error('There are no access details.');
  return { ...access, startMs: median(starts) };
}

async function startBare(): Promise<{ readonly url: string; stop(): void }> {
  const port = await freePort();
  const child = fork(join(import.meta.dirname, 'api-tasks', 'bare-fastify.ts'), [], {
    env: { ...process.env, PORT: String(port) },
  });
  await once(child, 'message');
  return { url: `http://127.0.0.1:${port}/execute`, stop: () => void child.kill() };
}

async function untilAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
    }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(200);
  }
  throw new Error(`${url} does not answer.`);
}

function http(url: string, headers: Readonly<Record<string, string>>): Contender['round'] {
  return async (callers, seconds) => {
    const generator = fork(join(import.meta.dirname, 'api-tasks', 'load-generator.ts'));
    const order: Order = { url, headers, body: BODY, callers, seconds, expected: EXPECTED };
    generator.send(order);
    const [answer] = (await once(generator, 'message')) as [{ load?: Load; fault?: string }];
    if (answer.load === undefined) throw new Error(`${url}: ${answer.fault}`);
    return answer.load;
  };
}

async function coldProcesses(callers: number, seconds: number): Promise<Load> {
  const times: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      do {
        const start = performance.now();
        const child = spawn(process.execPath, [join(import.meta.dirname, 'api-tasks', 'cold-process.ts')], {
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        let out = '';
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
        });
        child.stdin.end(BODY);
        await once(child, 'close');
        if (!out.includes(EXPECTED)) throw new Error('A process did not answer.');
        times.push(performance.now() - start);
      } while (performance.now() < until);
    }),
  );
  times.sort((a, b) => a - b);
  return {
    callsPerSecond: times.length / ((performance.now() - began) / 1_000),
    p50: median(times),
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

type Found = ReadonlyMap<string, ReadonlyMap<number, Load>>;

/** Round by round and not system by system: what disturbs the machine for a while disturbs all of them. */
async function compare(bench: Bench, contenders: readonly Contender[]): Promise<Found> {
  const loads = new Map<string, Map<number, Load[]>>();
  for (let turn = 0; turn <= (bench.quick ? 1 : 5); turn++) {
    for (const callers of CALLERS) {
      for (const { name, round } of contenders) {
        const load = await round(callers, bench.quick ? 1 : 3);
        const of = loads.get(name) ?? new Map<number, Load[]>();
        loads.set(name, of);
        // The first round is for warming up.
        if (turn > 0) of.set(callers, [...(of.get(callers) ?? []), load]);
      }
    }
    bench.tell(turn === 0 ? 'warmed up' : `round ${turn} done`);
  }
  return new Map(
    [...loads].map(([name, of]) => [
      name,
      new Map(
        [...of].map(([callers, list]) => [
          callers,
          {
            callsPerSecond: median(list.map((one) => one.callsPerSecond)),
            p50: median(list.map((one) => one.p50)),
            p99: median(list.map((one) => one.p99)),
          },
        ]),
      ),
    ]),
  );
}

/** The first call after a pause against those that follow it, each on a connection of its own: medians, in milliseconds. */
async function afterIdle(bench: Bench, task: Task): Promise<{ readonly first: number; readonly rest: number }> {
  const seconds = bench.quick ? 2 : IDLE_SECONDS;
  const firsts: number[] = [];
  const rests: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    bench.tell(`nobody calls for ${seconds} s`);
    await pause(seconds * 1_000);
    firsts.push(await timeOfCall(task));
    const rest: number[] = [];
    for (let n = 0; n < 20; n++) rest.push(await timeOfCall(task));
    rests.push(median(rest));
  }
  return { first: median(firsts), rest: median(rests) };
}

async function timeOfCall(task: Task): Promise<number> {
  const began = performance.now();
  const call = request(task.url, { method: 'POST', headers: { ...task.headers }, agent: false });
  call.end(BODY);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return performance.now() - began;
}

function findings(
  found: Found,
  { startMs, idle }: { readonly startMs: number; readonly idle: { readonly first: number; readonly rest: number } },
): Findings {
  const of = (name: string, callers: number): Load => {
    const load = [...found].find(([known]) => known.startsWith(name))?.[1].get(callers);
    if (load === undefined) throw new Error(`${name} was not measured with ${callers} callers.`);
    return load;
  };
  const rows: Row[] = CALLERS.flatMap((callers) =>
    [...found].map(([name, loads]): Row => {
      const load = loads.get(callers) ?? { callsPerSecond: 0, p50: 0, p99: 0 };
      const share = load.callsPerSecond / of('bare', callers).callsPerSecond;
      const cells = [whole(load.callsPerSecond), load.p50.toFixed(2), load.p99.toFixed(2), ratio(share)];
      return { name: `${callers} ${callers === 1 ? 'caller' : 'callers'}: ${name}`, cells };
    }),
  );
  const share = of('Signalbox', 16).callsPerSecond / of('bare', 16).callsPerSecond;
  const lag = of('Signalbox', 16).p50 - of('bare', 16).p50;
  const nodeRed = found.has('Node-RED flow')
    ? of('Signalbox', 16).callsPerSecond / of('Node-RED', 16).callsPerSecond
    : undefined;
  return {
    title: 'An API Task over HTTP, beside a bare handler, Node-RED and a process a call',
    columns: ['calls/s', 'p50 ms', 'p99 ms', 'to bare Fastify'],
    rows,
    aims: [
      { text: '16 callers: at least 0.6 of a bare Fastify handler', reached: ratio(share), met: share >= 0.6 },
      { text: '16 callers: the median within 0.5 ms of it', reached: `${lag.toFixed(2)} ms`, met: lag <= 0.5 },
      ...(nodeRed === undefined
        ? []
        : [{ text: '16 callers: at least twice Node-RED', reached: ratio(nodeRed), met: nodeRed >= 2 }]),
      {
        text: `the first call after ${IDLE_SECONDS} idle seconds as fast as the rest (within 5 ms)`,
        reached: `${idle.first.toFixed(1)} ms, then ${idle.rest.toFixed(1)} ms`,
        met: idle.first - idle.rest <= 5,
      },
      { text: 'an allocation stands ready within 300 ms', reached: `${startMs.toFixed(0)} ms`, met: startMs < 300 },
    ],
  };
}
