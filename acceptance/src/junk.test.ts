import fc from 'fast-check';
import { sql } from 'kysely';
import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, Operation } from '../../apps/control-room/src/api/operation.ts';
import { allWires } from '../../apps/control-room/src/api/wires.ts';
import type { WorkspaceGrant } from '../../apps/control-room/src/domain/workspaces/index.ts';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/**
 * Whatever is sent to any operation, by somebody who may everything: the answer is never a fault of the server. The keys
 * are those that the operation knows, the values are junk. JUNK_RUNS makes it longer.
 */
const RUNS = Number(process.env.JUNK_RUNS ?? 4);
const wires = allWires();
const operations = wires.flatMap((wire) => wire.operations.map((operation) => [operation.name, operation] as const));

let server: TestServer;
let runnerKey: string;
/** Of one workspace, with everything that any operation asks for. */
let workspace: { id: string; token: string };

beforeAll(async () => {
  server = await startTestServer();
  const { token } = (await server.call('POST', '/signalbox/v1/runner-tokens', { token: server.admin })).body;
  const device = { hostName: 'junk', os: 'none', agentVersion: '0', capacity: 1, capabilities: {} };
  runnerKey = (await server.call('POST', '/runner/v1/register', { body: { token, device } })).body.key;
  workspace = await openWorkspace();
});
afterAll(() => server.stop());

async function openWorkspace(): Promise<typeof workspace> {
  const { id } = (await server.call('GET', '/signalbox/v1/workspaces', { token: server.admin })).body.list[0];
  const made = { token: server.admin, body: { name: 'junk' } };
  const credential = (await server.call('POST', '/signalbox/v1/access-credentials', made)).body;
  const { workspaces, identity } = server.room.domain;
  const [caller, name] = [await identity.callerFor(1), await workspaces.find(id)];
  if (!caller || !name) throw new Error('There is nobody to send junk.');
  const grants = operations.flatMap(([, { access }]) => grantsOf(access));
  const wanted = { workspace: name, grants, seconds: 100_000_000 };
  return { id, token: (await workspaces.toolTokens.issue({ caller, credentialId: credential.id }, wanted)).token };
}

function grantsOf(access: Access): WorkspaceGrant[] {
  if (typeof access !== 'object') return [];
  if ('tool' in access) return [access.tool];
  return 'workspace' in access && access.workspace !== 'any' ? [access.workspace] : [];
}

/** With what junk gets past the door. */
function tokenFor({ access }: Operation, admin: string): string {
  if (access === 'runner') return runnerKey;
  return typeof access === 'object' && ('tool' in access || 'workspace' in access) ? workspace.token : admin;
}

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    ' ',
    '0',
    '-1',
    '1e99',
    1e99,
    -1,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
    'true',
    '2026-13-45',
    'ä\u{1F600}',
    '%',
    "'; drop table x; --",
    '\\',
    {},
    [],
    [[]],
    null,
  ),
);

function propertiesOf(schema: TSchema | string | undefined): string[] {
  if (typeof schema !== 'object') return [];
  const { properties, anyOf } = schema as { properties?: object; anyOf?: TSchema[] };
  return [...Object.keys(properties ?? {}), ...(anyOf ?? []).flatMap(propertiesOf), 'filter', 'sort', 'page'];
}

function bodiesOf({ body }: Operation): fc.Arbitrary<unknown> {
  const keys = propertiesOf(body as TSchema | string | undefined);
  return fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...keys, 'other'), junk, { maxKeys: 8 }) },
    junk,
  );
}

/** Ids of things that are there, of things that are not, and no ids at all; never of the administrator who sends the junk. */
function idFor({ module }: Operation): fc.Arbitrary<string> {
  const there = module === 'User Management' || module === 'Identity' ? [] : ['1', '2', '3', 'public'];
  return fc.constantFrom(...there, '999999', '0', '-1', 'x', '9007199254740991', '99999999999999999999', '%00');
}

describe('junk', () => {
  it.each(operations)('does not break %s', async (_name, operation) => {
    // Fresh for each: junk may have logged out, or failed to log in too often, and nothing would get past the door.
    await server.database.database.all(sql`delete from login_failure`);
    const admin = await server.logIn('admin', ADMIN_PASSWORD);
    const [version] = operation.versions;
    await fc.assert(
      fc.asyncProperty(
        bodiesOf(operation),
        fc.array(idFor(operation), { minLength: 4, maxLength: 4 }),
        fc.webQueryParameters(),
        async (body, ids, query) => {
          let next = 0;
          const path = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
            name === 'workspaceId' ? workspace.id : (ids[next++ % ids.length] ?? '1'),
          );
          const url = `${version?.name ? `/${version.name}` : ''}${path}?${query}`;
          const answer = await server.call(operation.method, url, {
            headers: { authorization: `Bearer ${tokenFor(operation, admin)}` },
            ...(operation.method === 'GET' ? {} : { body: JSON.stringify(body) }),
          });
          expect(answer.status, `${operation.method} ${url} ${JSON.stringify(body)} → ${answer.text}`).toBeLessThan(
            500,
          );
          if (answer.status >= 400)
            expect(answer.body?.error ?? answer.body).toMatchObject({
              code: expect.any(String),
              message: expect.any(String),
            });
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
