import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../apps/control-room/test-support/server.ts';
import { type TestWorkspace, testWorkspace } from '../support/integrator.ts';
import { bearer, type Tool, toolOf } from '../support/tool.ts';

let server: TestServer;
let finance: TestWorkspace;
let other: TestWorkspace;
let member: { id: number; username: string; token: string };
let tool: Tool;

beforeAll(async () => {
  server = await startTestServer();
  finance = await testWorkspace(server, 'Finance Team');
  other = await testWorkspace(server, 'Sales');
  member = await server.user([], 'mia');
  await finance.extension('PUT', `/members/${member.id}`, { role: 'MEMBER' });
  tool = await toolOf(server, member.token);
});
afterAll(() => server.stop());

const tokenPath = (id = finance.id) => `/token-vendor-v1/workspaces/${id}/tokenrequest`;
const list = (token: string) => server.call('GET', '/workspace-v1/workspaces', { headers: bearer(token) });

describe('a signed request for a token', () => {
  it('is answered with a token and its life', async () => {
    const answer = await tool.signed('POST', tokenPath(), { expiresIn: 1_200, capabilitySet: 'edit/robot' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ token: expect.any(String), expiresIn: 1_200 });
    const dump = await server.database.database.all(
      sql`select (select json_agg(t) from tool_token t) as tokens, (select json_agg(a) from audit_entry a) as audit`,
    );
    expect(JSON.stringify(dump)).not.toContain(answer.body.token);
    expect(JSON.stringify(dump)).toContain('toolToken.issue');
  });

  it.each([
    [undefined, 1_200],
    [1, 900],
    [0, 900],
    [-5, 900],
    ['3600', 3_600],
    [1_000_000, 86_400],
    [1_234.9, 1_234],
    [null, 1_200],
  ])('that asks for %j seconds gets %i', async (expiresIn, expected) => {
    const answer = await tool.signed('POST', tokenPath(), { expiresIn, capabilitySet: 'view/workspaces' });
    expect(answer.body.expiresIn, answer.text).toBe(expected);
  });

  it('may come without anything in it, and gets the least', async () => {
    for (const body of [{}, undefined]) {
      const answer = await tool.signed('POST', tokenPath(), body);
      expect(answer.body, answer.text).toEqual({ token: expect.any(String), expiresIn: 1_200 });
      expect((await list(answer.body.token)).status).toBe(200);
      const secret = await server.call('GET', `/secrets-v1/workspaces/${finance.id}/secrets/publicKey`, {
        headers: bearer(answer.body.token),
      });
      expect(secret.status).toBe(403);
    }
  });

  it.each([[{ capabilitySet: 'fly' }], [{ expiresIn: 'long' }], [[]], ['x']])(
    'is refused for the body %j',
    async (body) => {
      expect((await tool.signed('POST', tokenPath(), body)).status).toBe(400);
    },
  );

  it('may name things instead of a set, as older tools do', async () => {
    const capabilities = {
      secret: { list: true, read: true, write: false },
      livedata: { list: false, read: true, write: true },
    };
    const answer = await tool.signed('POST', tokenPath(), { expiresIn: 900, capabilities });
    expect(answer.status, answer.text).toBe(200);
    const secret = await server.call('GET', `/secrets-v1/workspaces/${finance.id}/secrets/publicKey`, {
      headers: bearer(answer.body.token),
    });
    expect(secret.status).toBe(200);
  });

  it('may leave the place of the workspace empty: the signature is over the address as it was written', async () => {
    const path = '/token-vendor-v1/workspaces//tokenrequest';
    const answer = await rawly('POST', path, headersFor('POST', path, '{}'), '{}');
    expect(answer.status, answer.text).toBe(200);
    const token = JSON.parse(answer.text).token as string;
    expect((await list(token)).body.map(({ name }: { name: string }) => name)).toEqual(['Finance Team']);
    // Over the address that the server makes of it the signature is another.
    const collapsed = headersFor('POST', '/token-vendor-v1/workspaces/tokenrequest', '{}');
    expect((await rawly('POST', path, collapsed, '{}')).status).toBe(401);
  });

  it('takes either name of the header with the time', async () => {
    const answer = await tool.signed('POST', tokenPath(), {}, { nonceHeader: 'x-authorization-timestamp' });
    expect(answer.status).toBe(200);
  });

  it('is refused for a workspace that the user does not belong to', async () => {
    expect((await tool.signed('POST', tokenPath(other.id), {})).status).toBe(404);
    expect((await tool.signed('POST', tokenPath(randomUUID()), {})).status).toBe(404);
    expect((await tool.signed('POST', tokenPath('x'), {})).status).toBe(404);
  });
});

describe('a signature', () => {
  const send = (more: Parameters<Tool['signed']>[3], body: unknown = { capabilitySet: 'get/robot' }) =>
    tool.signed('POST', tokenPath(), body, more);
  const seconds = () => Math.floor(Date.now() / 1000);

  it('counts for the body, the method and the path that were signed, and for no other', async () => {
    for (const more of [
      { body: '{}' },
      { body: '' },
      { method: 'PUT' },
      { path: tokenPath(other.id) },
      { path: '/token-vendor-v1/user/tokenrequest' },
      { secret: 'another' },
      { secret: '' },
    ]) {
      const answer = await send(more);
      expect(answer.status, JSON.stringify(more)).toBe(401);
      expect(answer.body.error.code).toBe('UNAUTHENTICATED');
    }
  });

  it('counts for a quarter of an hour around its time, again within it and no more after it', async () => {
    const at = seconds();
    for (const off of [0, -800, 800]) expect((await send({ seconds: at + off })).status).toBe(200);
    expect((await send({ seconds: at })).status).toBe(200);
    for (const off of [-1_000, 1_000, -at, 1e12]) expect((await send({ seconds: at + off })).status).toBe(401);
    for (const text of ['NaN', '', '1e3', 'Infinity']) {
      expect((await send({ seconds: text as unknown as number })).status, text).toBe(401);
    }
  });

  it('is refused without saying what of it was wrong', async () => {
    const answers = [
      await send({ secret: 'another' }),
      await server.call('POST', tokenPath(), {
        body: '{}',
        headers: { authorization: 'robocloud-hmac 000000000000 xxxx', 'authorization-timestamp': String(seconds()) },
      }),
    ];
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    for (const authorization of ['', 'robocloud-hmac', 'robocloud-hmac x', 'Bearer x', `RC-WSKEY ${finance.key}`]) {
      expect((await server.call('POST', tokenPath(), { body: '{}', headers: { authorization } })).status).toBe(401);
    }
  });
});

describe('the token of a tool', () => {
  it('opens what its set names, and nothing else', async () => {
    const tree = (token: string) =>
      server.call('GET', `/workspace-v1/workspaces/${finance.id}/tree`, { headers: bearer(token) });
    const secret = (token: string) =>
      server.call('GET', `/secrets-v1/workspaces/${finance.id}/secrets/publicKey`, { headers: bearer(token) });
    const robots = (token: string) =>
      server.call('POST', `/robot-v1/workspaces/${finance.id}/robots`, { headers: bearer(token), body: { name: 'r' } });
    const expected = {
      'view/workspaces': [200, 403, 403],
      'get/robot': [200, 403, 403],
      'edit/robot': [200, 403, 200],
      'run/assistant': [200, 403, 403],
      'run/robot': [200, 200, 403],
    };
    for (const [set, statuses] of Object.entries(expected)) {
      const token = await tool.token(set, finance.id);
      expect([(await tree(token)).status, (await secret(token)).status, (await robots(token)).status], set).toEqual(
        statuses,
      );
    }
  });

  it('opens its own workspace only', async () => {
    const token = await tool.token('run/robot', finance.id);
    const elsewhere = await server.call('GET', `/secrets-v1/workspaces/${other.id}/secrets/publicKey`, {
      headers: bearer(token),
    });
    expect(elsewhere.status).toBe(403);
    const ofUser = await tool.token('run/robot');
    const without = await server.call('GET', `/secrets-v1/workspaces/${finance.id}/secrets/publicKey`, {
      headers: bearer(ofUser),
    });
    expect(without.status).toBe(403);
  });

  it('ends when its user leaves the workspace', async () => {
    const leaver = await server.user([]);
    await finance.extension('PUT', `/members/${leaver.id}`, { role: 'MEMBER' });
    const own = await toolOf(server, await server.logIn(leaver.username, 'correct-horse-battery'));
    const made = await own.signed('POST', tokenPath(), { capabilitySet: 'run/robot' });
    expect(made.status, made.text).toBe(200);
    await finance.extension('DELETE', `/members/${leaver.id}`);
    expect((await list(made.body.token)).status).toBe(401);
  });
});

describe('what a tool asks for', () => {
  it('is told whose credential it has', async () => {
    const answer = await tool.signed('GET', '/token-vendor-v1/user/details');
    expect(answer.body).toEqual({
      user: { id: String(member.id), email: 'mia@example.test', first_name: '', last_name: '', username: 'mia' },
      request: { id: expect.any(String) },
    });
  });

  it('lists the workspaces of its user, as an array', async () => {
    const made = await tool.signed('POST', '/token-vendor-v1/user/tokenrequest', {});
    expect((await list(made.body.token)).body).toEqual([
      {
        id: finance.id,
        name: 'Finance Team',
        shortName: 'finance-team',
        orgId: expect.any(String),
        orgName: 'Signalbox',
        orgShortName: 'signalbox',
        state: 'active',
        url: server.url,
        permissions: { canReadRobots: true, canWriteRobots: true },
        hasWorkspaceRole: true,
      },
    ]);
  });

  it('shows the robots and processes of a workspace', async () => {
    const made = await tool.signed('POST', tokenPath(), { capabilitySet: 'edit/robot' });
    const headers = bearer(made.body.token);
    const robot = await server.call('POST', `/robot-v1/workspaces/${finance.id}/robots`, {
      headers,
      body: { name: 'invoices' },
    });
    const tree = await server.call('GET', `/workspace-v1/workspaces/${finance.id}/tree`, { headers });
    expect(tree.body).toEqual({ id: finance.id, name: 'Finance Team', robots: expect.any(Array), activities: [] });
    expect(tree.body.robots).toContainEqual({ id: robot.body.id, name: 'invoices', package: {} });
    // Tools ask with the token of their user: no workspace is chosen yet.
    const ofUser = bearer(await tool.token('view/workspaces'));
    expect((await server.call('GET', `/workspace-v1/workspaces/${finance.id}/tree`, { headers: ofUser })).body).toEqual(
      tree.body,
    );
    const foreign = `/workspace-v1/workspaces/${other.id}/tree`;
    expect((await server.call('GET', foreign, { headers })).status).toBe(403);
    expect((await server.call('GET', foreign, { headers: ofUser })).status).toBe(404);
  });

  it('may send figures, which are dropped, and no reports of trouble', async () => {
    const one = await server.call('PUT', '/metric-v1/rcc/1700000000/id-1/rcc.cli.run/1.5');
    expect(one.status).toBe(200);
    expect((await server.call('PUT', '/metric-v1/batch', { body: '[{"a":1}]' })).status).toBe(202);
    expect((await server.call('PUT', '/metric-v1/batch', { body: 'x'.repeat(300 * 1024) })).status).toBe(413);
    const issue = await server.call('POST', '/diagnostics-v1/issue', { body: '{}' });
    expect(issue.status).toBe(403);
    expect(issue.body.error).toEqual({ code: 'FORBIDDEN', message: expect.stringContaining('takes no reports') });
  });

  it('revokes its own credential, and the tokens with it', async () => {
    const own = await toolOf(server, server.admin);
    const made = await own.signed('POST', '/token-vendor-v1/user/tokenrequest', {});
    const gone = await own.signed('DELETE', '/token-vendor-v1/credential');
    expect(gone.status, gone.text).toBe(200);
    expect((await list(made.body.token)).status).toBe(401);
    expect((await own.signed('DELETE', '/token-vendor-v1/credential')).status).toBe(401);
  });
});

describe('time', () => {
  it('ends the token of a tool', async () => {
    const token = await tool.token('view/workspaces');
    expect((await list(token)).status).toBe(200);
    await server.advance({ minutes: 20 });
    expect((await list(token)).status).toBe(401);
  });
});

function headersFor(method: string, path: string, body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHash('sha256').update(body).digest('base64');
  const lines = [method, path, 'application/json', timestamp, digest].join('\n');
  const signature = createHmac('sha256', tool.secret).update(lines).digest('base64');
  return {
    authorization: `robocloud-hmac ${tool.identifier} ${signature}`,
    'authorization-timestamp': timestamp,
    'content-type': 'application/json',
  };
}

/** Without anybody who tidies the address first. */
function rawly(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
