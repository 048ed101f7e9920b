import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';
import { ADMIN_PASSWORD } from '../../../apps/control-room/test-support/server.ts';
import { until } from './processes.ts';

/* Deploying bots through the public calls, for the suites of deployments and of the activity. */

export type Item = Answer['body'];

/** A user in whose name bots run unattended. */
export async function runAsUser(
  server: TestServer,
  username: string,
  more: object = {},
): Promise<{ id: number; username: string }> {
  const made = await server.call('POST', '/v1/usermanagement/users', {
    token: server.admin,
    body: {
      username,
      email: `${username}@example.test`,
      password: ADMIN_PASSWORD,
      roles: [{ id: 2 }],
      licenseFeatures: ['RUNTIME'],
      ...more,
    },
  });
  if (made.status !== 201) throw new Error(made.text);
  return { id: made.body.id, username };
}

export async function saveTaskBot(server: TestServer, name: string, content: object): Promise<string> {
  const made = await server.call('POST', '/v2/repository/files', {
    token: server.admin,
    body: { name, parentFolderId: '2', contentType: 'application/vnd.aa.taskbot' },
  });
  if (made.status !== 201) throw new Error(made.text);
  const put = await server.call('PUT', `/v2/repository/files/${made.body.id}/content`, {
    token: server.admin,
    body: content,
  });
  if (put.status !== 200) throw new Error(put.text);
  return String(made.body.id);
}

export async function setDefaultDevice(server: TestServer, userId: number, deviceId: string): Promise<void> {
  const set = await server.call('POST', '/v1/devices/runasusers/default', {
    token: server.admin,
    body: { userId, deviceId },
  });
  if (set.status !== 200) throw new Error(set.text);
}

export async function makePool(
  server: TestServer,
  name: string,
  deviceIds: readonly string[],
  more: object = {},
): Promise<string> {
  const made = await server.call('POST', '/v2/devices/pools', {
    token: server.admin,
    body: { name, automationScheme: 'PRIORITY', timeSlice: '5', deviceIds, ...more },
  });
  if (made.status >= 300) throw new Error(made.text);
  return String(made.body.id);
}

/** Deploys and insists that it was accepted. */
export async function deploy(server: TestServer, version: 'v2' | 'v3' | 'v4', body: object): Promise<Item> {
  const answer = await server.call('POST', `/${version}/automations/deploy`, { token: server.admin, body });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

/** The runs of a deployment, the oldest first. */
export async function runsOf(server: TestServer, deploymentId: string): Promise<Item[]> {
  const answer = await server.call('POST', '/v3/activity/list', {
    token: server.admin,
    body: {
      filter: { operator: 'eq', field: 'deploymentId', value: deploymentId },
      sort: [{ field: 'id', direction: 'asc' }],
    },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.list;
}

export async function onlyRunOf(server: TestServer, deploymentId: string): Promise<Item> {
  const [run, ...more] = await runsOf(server, deploymentId);
  if (!run || more.length > 0) throw new Error(`The deployment has ${more.length + (run ? 1 : 0)} runs.`);
  return run;
}

/** Waits until the only run of the deployment has one of these statuses, and answers it. */
export async function untilRun(
  server: TestServer,
  deploymentId: string,
  ...statuses: readonly string[]
): Promise<Item> {
  let last: Item;
  await until(`the run is ${statuses.join(' or ')}`, async () => {
    last = await onlyRunOf(server, deploymentId);
    return statuses.includes(last.status);
  }).catch((cause: Error) => {
    throw new Error(`${cause.message} It is ${last?.status}: ${last?.message}`, { cause });
  });
  return last;
}

export const FINAL = ['COMPLETED', 'RUN_FAILED', 'RUN_ABORTED', 'RUN_TIMED_OUT', 'DEPLOY_FAILED', 'UNKNOWN'];

/** Waits until all runs of a deployment are over, and answers them. */
export async function settledRuns(server: TestServer, deploymentId: string): Promise<Item[]> {
  let runs: Item[] = [];
  await until('all runs are over', async () => {
    runs = await runsOf(server, deploymentId);
    return runs.length > 0 && runs.every(({ status }) => FINAL.includes(status));
  }).catch((cause: Error) => {
    throw new Error(`${cause.message} They are ${runs.map(({ status }) => status).join(', ')}.`, { cause });
  });
  return runs;
}

/** Pause, resume, stop or archive, by activity or deployment ids. */
export async function manage(
  server: TestServer,
  action: 'pause' | 'resume' | 'stop' | 'archive',
  ...ids: readonly string[]
): Promise<Answer> {
  return server.call('POST', '/v3/activity/manage', {
    token: server.admin,
    body: { [`${action}_executions`]: { execution_ids: ids } },
  });
}
