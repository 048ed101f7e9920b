import { expect } from 'vitest';
import { WORKSPACE_PERMISSIONS } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import {
  type Answer,
  type CallOptions,
  startTestServer,
  type TestServer,
} from '../../../apps/control-room/test-support/server.ts';
import { zipOf } from '../../../packages/importers/test-support/zip.ts';
import { until } from './bots.ts';
import { makeWorkspace, type TestWorkspace } from './robocorp.ts';
import { linkToken, uploadRobot } from './robots.ts';
import { type RunnerByHand, runnerByHand } from './runner-by-hand.ts';

const ROBOT = `tasks:
  Main:
    shell: python -c "print('main')"
  Other:
    shell: python -c "print('other')"
artifactsDir: output
`;

/** A task package of the workspace that is never really run. */
export async function makePackage(server: TestServer, workspace: TestWorkspace, key: string): Promise<string> {
  return uploadRobot(server, workspace, key, 'robot', Buffer.from(await zipOf([['robot.yaml', ROBOT]])));
}

export interface TestProcess {
  readonly id: string;
  readonly steps: readonly { readonly id: string; readonly name: string; readonly queueId: number }[];
}

/** A process of so many steps; `more` is laid over each of them. */
export async function makeProcess(
  workspace: TestWorkspace,
  taskPackageId: string,
  name: string,
  steps: readonly object[] = [{}],
): Promise<TestProcess> {
  const made = await workspace.extension('POST', '/processes', {
    body: {
      name,
      steps: steps.map((step, i) => ({
        name: `Step ${i + 1}`,
        taskPackageId,
        taskName: 'Main',
        maxParallel: 1,
        ...step,
      })),
    },
  });
  if (made.status !== 201) throw new Error(made.text);
  return made.body;
}

/** A robot at work, as far as the server sees one: its order, and the calls that it makes. */
export interface RobotByHand {
  readonly id: string;
  readonly version: number;
  readonly environment: Readonly<Record<string, string>>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  data(itemId?: string): Promise<Answer>;
  reserve(): Promise<string | null>;
  release(itemId: string, state: string, exception?: object): Promise<Answer>;
  output(parentId: string, payload: unknown): Promise<string>;
  /** Tells the server how the robot ended. */
  end(status?: string): Promise<Answer['body']>;
}

export async function startRobot(server: TestServer, runner: RunnerByHand, order: RobotByHand): Promise<RobotByHand> {
  const { id, version, environment } = order;
  const startTime = new Date().toISOString();
  const { begun } = await runner.report({ started: [{ id, version, startTime }] });
  if (!begun.includes(id)) throw new Error('The robot may not begin.');
  const { RC_WORKSPACE_ID, RC_PROCESS_ID, RC_PROCESS_RUN_ID, RC_ACTIVITY_RUN_ID, RC_API_WORKITEM_TOKEN } = environment;
  const call: RobotByHand['call'] = (method, path, { headers, ...options } = {}) =>
    server.call(method, path, {
      ...options,
      headers: { authorization: `Bearer ${RC_API_WORKITEM_TOKEN}`, 'content-type': 'application/json', ...headers },
    });
  const items = `/json-v1/workspaces/${RC_WORKSPACE_ID}/workitems`;
  const process = `/process-v1/workspaces/${RC_WORKSPACE_ID}/processes/${RC_PROCESS_ID}`;
  const run = `${process}/runs/${RC_PROCESS_RUN_ID}/robotRuns/${RC_ACTIVITY_RUN_ID}`;
  return {
    id,
    version,
    environment,
    call,
    data: (itemId = environment.RC_WORKITEM_ID ?? '') => call('GET', `${items}/${itemId}/data`),
    reserve: async () => (await call('POST', `${run}/reserve-next-work-item`)).body.workItemId,
    release: (workItemId, state, exception) =>
      call('POST', `${run}/release-work-item`, { body: { workItemId, state, ...(exception ? { exception } : {}) } }),
    output: async (parentId, payload) => {
      const answer = await call('POST', `${process}/work-items/${parentId}/output`, { body: { payload } });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body.id;
    },
    end: (status = 'COMPLETED') =>
      runner.report({
        results: [{ id, version, status, startTime, endTime: new Date().toISOString(), message: status }],
      }),
  };
}

/** A workspace with a robot's package and one runner, played by hand, of four slots. */
export interface ProcessEstate {
  readonly server: TestServer;
  readonly workspace: TestWorkspace;
  readonly runner: RunnerByHand;
  /** With every permission. */
  readonly key: string;
  readonly packageId: string;
  /** Another runner of the workspace. */
  newRunner(capacity?: number): Promise<RunnerByHand>;
  newProcess(steps?: readonly object[]): Promise<TestProcess>;
  /** Calls that are expected to succeed. */
  get(path: string): Promise<Answer['body']>;
  post(path: string, body?: unknown): Promise<Answer['body']>;
  /** Starts a run and answers its id. */
  start(process: TestProcess, body?: unknown): Promise<string>;
  /** The next robot of the workspace, begun. */
  nextRobot(by?: RunnerByHand): Promise<RobotByHand>;
  /** The run, once it is in the state. */
  inState(runId: string, state: string): Promise<Answer['body']>;
}

/** @param begin whose administrator stays logged in where time is moved */
export async function startProcessEstate(
  env?: Readonly<Record<string, string>>,
  begin: typeof startTestServer = startTestServer,
): Promise<ProcessEstate> {
  const server = await begin(env);
  const workspace = await makeWorkspace(server, 'Finance');
  const key = await workspace.key(...WORKSPACE_PERMISSIONS);
  const packageId = await makePackage(server, workspace, key);
  const get = async (path: string) => {
    const answer = await workspace.call(key, 'GET', path);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const post = async (path: string, body?: unknown) => {
    const answer = await workspace.call(key, 'POST', path, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const newRunner = async (capacity = 4) => runnerByHand(server, capacity, await linkToken(workspace, key));
  const runner = await newRunner();
  let processes = 0;
  return {
    server,
    workspace,
    runner,
    key,
    packageId,
    newRunner,
    newProcess: (steps) => makeProcess(workspace, packageId, `process ${++processes}`, steps),
    get,
    post,
    start: async (process, body) => (await post(`/processes/${process.id}/process-runs`, body)).id,
    nextRobot: async (by = runner) => {
      const [order] = await until(
        () => by.takeRobots(1),
        (robots) => robots.length > 0,
      );
      return startRobot(server, by, order);
    },
    inState: (runId, state) =>
      until(
        () => get(`/process-runs/${runId}`),
        (run) => run.state === state,
      ),
  };
}
