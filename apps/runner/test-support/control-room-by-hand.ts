import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zipOf } from '../../../packages/importers/test-support/zip.ts';
import type { RobotOrder, RunCommand, RunLogLine, RunReport, RunResult } from '../src/protocol.ts';

/** A server that knows one device and gives out what the test wants, over the real wire. */
export interface ControlRoomByHand {
  readonly url: string;
  /** What the device said of itself when it opened its session. */
  readonly device: Readonly<Record<string, unknown>> | undefined;
  /** Gives out a run of a robot and answers its id. */
  order(robot: Buffer, order?: Partial<RobotOrder> & { readonly taskName?: string }): string;
  command(id: string, command: RunCommand['command']): void;
  /** Takes all runs away from the device. */
  lose(id: string): void;
  /** From now on no run may begin. */
  refuseToBegin(): void;
  readonly calls: readonly string[];
  started(id: string): boolean;
  result(id: string): Promise<RunResult>;
  handedBack(id: string): boolean;
  lines(id: string): readonly RunLogLine[];
  /** The texts of the lines. */
  texts(id: string): readonly string[];
  /** Waits until a line says so. */
  said(id: string, text: string): Promise<void>;
  artifact(id: string, name: string): Promise<string>;
  artifacts(id: string): readonly string[];
  close(): Promise<void>;
}

export const robotZip = async (files: Readonly<Record<string, string>>): Promise<Buffer> =>
  Buffer.from(await zipOf(Object.entries(files)));

export async function controlRoomByHand(): Promise<ControlRoomByHand> {
  const packages = new Map<string, Buffer>();
  const reports: RunReport[] = [];
  const artifacts = new Map<string, string>();
  const calls: string[] = [];
  const lost = new Set<string>();
  let waiting: RobotOrder[] = [];
  let commands: RunCommand[] = [];
  let mayBegin = true;
  let device: Record<string, unknown> | undefined;
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const until = async <T>(what: string, look: () => T | undefined): Promise<T> => {
    const tooLate = Promise.withResolvers<never>();
    const limit = setTimeout(() => tooLate.reject(new Error(`Waited in vain for ${what}.`)), 30_000);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        await Promise.race([changed.promise, tooLate.promise]);
      }
    } finally {
      clearTimeout(limit);
    }
  };

  const answers: Readonly<Record<string, (body: Record<string, unknown>) => unknown>> = {
    'POST /runner/v1/register': () => ({ deviceId: 1, key: 'key' }),
    'POST /runner/v1/sessions': (body) => {
      device = body;
      return { sessionId: randomUUID(), heartbeatSeconds: 0.2 };
    },
    'POST /runner/v1/work': async (body) => {
      // Of items there are none; that poll is let hang.
      if (body.runs !== true) await new Promise((resolve) => setTimeout(resolve, 1_000).unref());
      else if (waiting.length + commands.length === 0)
        await Promise.race([changed.promise, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      const taken = {
        assignments: [],
        runs: [],
        robots: body.robots ? waiting : [],
        commands: body.runs ? commands : [],
      };
      if (body.runs === true) [waiting, commands] = [[], []];
      return taken;
    },
    'POST /runner/v1/report': () => ({ accepted: 0, refused: [] }),
    'POST /runner/v1/runs/report': (body) => {
      const report = body as RunReport; // as the runner writes it
      reports.push(report);
      const begun = mayBegin ? (report.started ?? []).map(({ id }) => id) : [];
      return { accepted: report.results?.length ?? 0, refused: [], begun };
    },
    'POST /runner/v1/heartbeat': () => ({ live: true, lost: [], lostRuns: [...lost], commands: [] }),
    'POST /runner/v1/sessions/close': () => ({}),
  };
  const server = createServer((request, response) => void handle(request, response));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const call = `${request.method} ${request.url}`;
    calls.push(call);
    const [, artifactRun, name] = /^PUT \/runner\/v1\/runs\/(\S+)\/\d+\/artifacts\/(\S+)$/.exec(call) ?? [];
    const robot = packages.get(/^GET \/runner\/v1\/robots\/(\S+)$/.exec(call)?.[1] ?? '');
    if (artifactRun !== undefined && name !== undefined) {
      artifacts.set(`${artifactRun} ${decodeURIComponent(name)}`, body.toString('utf8'));
      response.writeHead(204).end();
    } else if (robot) {
      response.end(robot);
    } else if (answers[call]) {
      response.end(JSON.stringify(await answers[call](JSON.parse(body.toString('utf8') || '{}'))));
    } else {
      response.writeHead(404).end(JSON.stringify({ message: 'There is no such thing.' }));
    }
    change();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const lines = (id: string): RunLogLine[] =>
    reports.flatMap(({ logs = [] }) => logs.filter((line) => line.id === id)).sort((a, b) => a.number - b.number);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    get device() {
      return device;
    },
    calls,
    order: (robot, { taskName = '', ...order } = {}) => {
      const id = randomUUID();
      packages.set(id, robot);
      const sha256 = createHash('sha256').update(robot).digest('hex');
      waiting.push({
        id,
        version: 1,
        robot: { sha256, packageName: 'Test', taskName },
        processName: 'Test',
        stepName: 'Step',
        environment: {},
        secrets: [],
        timeoutSeconds: null,
        ...order,
      });
      change();
      return id;
    },
    command: (id, command) => {
      commands.push({ id, version: 1, command });
      change();
    },
    lose: (id) => void lost.add(id),
    refuseToBegin: () => {
      mayBegin = false;
    },
    started: (id) => reports.some(({ started = [] }) => started.some((one) => one.id === id)),
    result: (id) =>
      until('the end of a run', () => reports.flatMap(({ results = [] }) => results).find((one) => one.id === id)),
    handedBack: (id) => reports.some(({ handedBack = [] }) => handedBack.some((one) => one.id === id)),
    lines,
    texts: (id) => lines(id).map(({ text }) => text),
    said: async (id, text) => {
      await until(`"${text}"`, () => lines(id).find((line) => line.text.includes(text)));
    },
    artifact: (id, name) => until(`the file ${name}`, () => artifacts.get(`${id} ${name}`)),
    artifacts: (id) =>
      [...artifacts.keys()].flatMap((key) => (key.startsWith(id) ? [key.slice(id.length + 1)] : [])).sort(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
