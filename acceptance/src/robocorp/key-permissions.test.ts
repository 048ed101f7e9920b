import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation, WorkspaceAccess } from '../../../apps/control-room/src/api/operation.ts';
import { allWires } from '../../../apps/control-room/src/api/wires.ts';
import {
  WORKSPACE_PERMISSIONS,
  type WorkspacePermission,
} from '../../../apps/control-room/src/domain/workspaces/index.ts';
import { type Answer, startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { makeWorkspace, type TestWorkspace } from '../support/robocorp.ts';

/**
 * Contract robocorp §3, by method and path below the workspace, as its tables have them: written down here once more, so
 * that a declaration that says something else is seen.
 */
const TABLE: Readonly<Record<WorkspacePermission, readonly string[]>> = {
  'Workers.read_workers': [
    'GET /workers',
    'GET /workers/{}',
    'GET /worker-groups',
    'GET /worker-groups/{}',
    'GET /worker-groups/{}/link-tokens',
    'GET /worker-groups/{}/link-tokens/{}',
  ],
  'Workers.write_workers': [
    'POST /workers/link-tokens',
    'PUT /workers/{}',
    'POST /workers/{}',
    'DELETE /workers/{}',
    'POST /worker-groups',
    'PUT /worker-groups/{}',
    'POST /worker-groups/{}',
    'DELETE /worker-groups/{}',
    'PUT /worker-groups/{}/workers',
    'POST /worker-groups/{}/workers',
    'DELETE /worker-groups/{}/workers/{}',
    'POST /worker-groups/{}/link-tokens',
    'PUT /worker-groups/{}/link-tokens/{}',
    'POST /worker-groups/{}/link-tokens/{}',
    'DELETE /worker-groups/{}/link-tokens/{}',
  ],
  'Processes.read_processes': [
    'GET /processes',
    'GET /process-runs/{}',
    'GET /step-runs',
    'GET /process-runs/{}/step-runs',
  ],
  'Processes.read_runs': [
    'GET /process-runs',
    'GET /processes/{}/process-runs',
    'GET /step-runs/{}',
    'DELETE /process-runs/{}',
  ],
  'Processes.read_run_outputs': [
    'GET /step-runs/{}/artifacts',
    'GET /step-runs/{}/artifacts/{}',
    'GET /step-runs/{}/console-messages',
    'GET /step-runs/{}/events',
  ],
  'Processes.trigger_processes': [
    'POST /processes/{}/process-runs',
    'POST /processes/{}/process-runs-integrations',
    'POST /process-runs/{}/stop',
  ],
  'Processes.read_work_items': [
    'GET /work-items',
    'GET /work-items/{}',
    'GET /processes/{}/work-items',
    'GET /process-runs/{}/work-items',
    'GET /outputs',
    'GET /process-runs/{}/outputs',
  ],
  'Processes.write_work_items': [
    'POST /work-items',
    'POST /work-items/{}/files/upload',
    'POST /work-items/{}/files',
    'PUT /work-items/{}/payload',
    'POST /work-items/{}/payload',
    'POST /work-items/batch',
  ],
  'Tasks.read_task_packages': ['GET /task-packages/{}', 'GET /task-packages/{}/download'],
  'Tasks.write_task_packages': ['POST /task-packages', 'GET /task-packages/{}/upload', 'DELETE /task-packages/{}'],
  'Assets.read_asset_storage_assets': ['GET /assets', 'GET /assets/{}'],
  'Assets.write_asset_storage_assets': [
    'POST /assets',
    'DELETE /assets/{}',
    'POST /assets/{}/uploads',
    'GET /assets/{}/uploads/{}',
  ],
  'Webhooks.read_webhooks': ['GET /webhooks', 'GET /webhooks/{}'],
  'Webhooks.write_webhooks': ['POST /webhooks', 'DELETE /webhooks/{}'],
  'Assistants.read_assistants': [
    'GET /assistants',
    'GET /assistants/{}',
    'GET /assistants/{}/assistant-runs',
    'GET /assistant-runs',
    'GET /assistant-runs/{}',
  ],
  'Assistants.write_assistants': ['POST /assistants'],
};

const operations = allWires()
  .flatMap((wire) => wire.operations)
  .filter((operation) => typeof operation.access === 'object' && 'workspace' in operation.access);
const ofApiV1 = operations.filter(({ versions }) => versions.some(({ name }) => name === 'api/v1'));
const accessOf = ({ access }: Operation): WorkspaceAccess => access as WorkspaceAccess; // As filtered above.
const cases = operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);

let server: TestServer;
let workspace: TestWorkspace;
let other: TestWorkspace;
let keys: Map<WorkspacePermission, string>;
let keyOfOther: string;

beforeAll(async () => {
  server = await startTestServer();
  workspace = await makeWorkspace(server, 'Finance');
  other = await makeWorkspace(server, 'Sales');
  keys = new Map();
  for (const permission of WORKSPACE_PERMISSIONS) keys.set(permission, await workspace.key(permission));
  keyOfOther = await other.key(...WORKSPACE_PERMISSIONS);
});
afterAll(() => server.stop());

function call(operation: Operation, key: string | undefined, workspaceId = workspace.id): Promise<Answer> {
  const version = operation.versions[0]?.name ?? '';
  const path = operation.path
    .replace('{workspaceId}', workspaceId)
    .replace(/\{\w+\}/g, '01980000-0000-7000-8000-000000000000');
  const query = accessOf(operation).keyInQuery && key !== undefined ? `?token=${key}` : '';
  return server.call(operation.method, `${version === '' ? '' : `/${version}`}${path}${query}`, {
    headers: key === undefined || query !== '' ? {} : { authorization: `RC-WSKEY ${key}` },
    ...(operation.method === 'GET' ? {} : { body: {} }),
  });
}

function expectError(answer: Answer): void {
  expect(answer.body).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
}

describe('the table of permissions', () => {
  it('is that of the contract, row by row', () => {
    const ofTheContract = ofApiV1.filter(({ provenance }) => provenance !== 'extension');
    const declared = ofTheContract.map((operation) => [
      `${operation.method} ${operation.path.replace('/workspaces/{workspaceId}', '').replace(/\{\w+\}/g, '{}')}`,
      accessOf(operation).workspace,
    ]);
    const expected = Object.entries(TABLE).flatMap(([permission, rows]) => rows.map((row) => [row, permission]));
    const sorted = (rows: readonly unknown[][]): string[] => rows.map((row) => row.join(' ')).sort();
    // Which workspace a key opens it may always ask.
    expect(sorted(declared)).toEqual(sorted([...expected, ['GET ', 'any']]));
  });
});

describe('with one permission alone', () => {
  it.each(cases)('%s is open to the one that it needs, and to no other', async (_name, operation) => {
    const needed = accessOf(operation).workspace;
    for (const [permission, key] of keys) {
      const answer = await call(operation, key);
      if (needed === 'any' || needed === permission) {
        expect([401, 403], `${permission}: ${answer.text}`).not.toContain(answer.status);
        expect(answer.status, answer.text).toBeLessThan(500);
      } else {
        expect(answer.status, `${permission}: ${answer.text}`).toBe(403);
        expectError(answer);
      }
    }
  });
});

describe('without a key', () => {
  it.each(cases)('%s is refused with 403, and the workspace itself with 401', async (_name, operation) => {
    for (const key of [undefined, 'sbws_none']) {
      const answer = await call(operation, key);
      expect(answer.status, answer.text).toBe(operation.name === 'getWorkspace' ? 401 : 403);
      expectError(answer);
    }
  });
});

describe('with a key of another workspace', () => {
  it.each(cases)('%s is refused with 403', async (_name, operation) => {
    expect((await call(operation, keyOfOther)).status).toBe(403);
  });
});
