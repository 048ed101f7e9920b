import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';

/** A runner that does and says only what the test wants, over the real wire. */
export interface RunnerByHand {
  readonly deviceId: string;
  readonly key: string;
  readonly hostName: string;
  /** Begins a session, and says everything that follows in it. */
  connect(): Promise<void>;
  close(): Promise<Answer>;
  take(waitSeconds?: number): Promise<Answer>;
  /** The runs of one poll. */
  takeRuns(waitSeconds?: number): Promise<Answer['body'][]>;
  /** The robots of one poll. */
  takeRobots(waitSeconds?: number): Promise<Answer['body'][]>;
  takeItems(capacity: number): Promise<Answer>;
  report(body: object): Promise<Answer['body']>;
  heartbeat(runs: readonly object[]): Promise<Answer['body']>;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

let devices = 0;

/** @param linkToken of a workspace that is not the default one */
export async function runnerByHand(server: TestServer, capacity = 1, linkToken?: string): Promise<RunnerByHand> {
  const hostName = `by-hand-${++devices}`;
  const facts = { hostName, os: 'none', agentVersion: '0', capacity, capabilities: {} };
  const token =
    linkToken ?? (await server.call('POST', '/signalbox/v1/runner-tokens', { token: server.admin })).body.token;
  const registered = await server.call('POST', '/runner/v1/register', { body: { token, device: facts } });
  const { deviceId, key } = registered.body;
  let sessionId = '';
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    server.call(method, `/runner/v1${path}`, { body, headers: { authorization: `Bearer ${key}` } });
  const runner: RunnerByHand = {
    deviceId: String(deviceId),
    key,
    hostName,
    call,
    connect: async () => {
      sessionId = (await call('POST', '/sessions', facts)).body.sessionId;
    },
    close: () => call('POST', '/sessions/close', { sessionId }),
    take: (waitSeconds = 0) => call('POST', '/work', { sessionId, capacity: 0, runs: true, waitSeconds }),
    takeRuns: async (waitSeconds = 0) => (await runner.take(waitSeconds)).body.runs,
    takeRobots: async (waitSeconds = 0) => {
      const answer = await call('POST', '/work', { sessionId, capacity: 0, runs: true, robots: true, waitSeconds });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body.robots;
    },
    takeItems: (capacity) => call('POST', '/work', { sessionId, capacity }),
    report: async (body) => (await call('POST', '/runs/report', { sessionId, ...body })).body,
    heartbeat: async (runs) => (await call('POST', '/heartbeat', { sessionId, items: [], runs })).body,
  };
  await runner.connect();
  return runner;
}
