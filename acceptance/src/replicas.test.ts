import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { allocate, assign, bot, execute, putBot, text } from './support/bots.ts';
import { until } from './support/processes.ts';

/** Two servers over one database: neither is special. */
let one: TestServer;
let two: TestServer;

beforeAll(async () => {
  one = await startTestServer();
  two = await startTestServer({ DATABASE_URL: one.database.url, SIGNALBOX_DATA_DIR: one.dataDir });
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

describe('two replicas', () => {
  it('take each other’s tokens, and a log-out at one counts at the other', async () => {
    const token = await one.logIn('admin', 'correct-horse-battery');
    expect((await two.call('GET', '/v1/usermanagement/users/self', { token })).status).toBe(200);
    expect((await one.call('POST', '/v1/authentication/logout', { token })).status).toBe(204);
    await until(
      'the other has heard',
      async () => (await two.call('GET', '/v1/usermanagement/users/self', { token })).status === 401,
      5,
    );
  });

  it('show each other’s changes', async () => {
    const token = await one.logIn('admin', 'correct-horse-battery');
    const model = (
      await one.call('POST', '/v4/wlm/workitemmodels', {
        token,
        body: { name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] },
      })
    ).body;
    const queue = (await one.call('POST', '/v4/wlm/queues', { token, body: { name: 'q', workItemModelId: model.id } }))
      .body;
    expect((await two.call('GET', `/v4/wlm/queues/${queue.id}`, { token })).body.description).toBe('');
    await one.call('PUT', `/v4/wlm/queues/${queue.id}`, { token, body: { description: 'changed' } });
    await until(
      'the other has heard',
      async () => (await two.call('GET', `/v4/wlm/queues/${queue.id}`, { token })).body.description === 'changed',
      5,
    );
  });

  it('serve each other’s API Tasks at once, and both go over to a new version', async () => {
    const says = (what: string) => bot([assign('said', text(what))], [{ name: 'said', output: true }]);
    const admin = { ...one, admin: await one.logIn('admin', 'correct-horse-battery') };
    const { fileId, url, headers } = await allocate(admin, 'Shared by replicas', says('old'));
    const there = { url: url.replace(one.url, two.url), headers };
    const said = async (task: typeof there) => (await execute(task)).body.hotBotResult?.botOutput.said.string;
    expect(await said(there)).toBe('old');

    await putBot(admin, fileId, says('new'));
    await until(
      'both have heard',
      async () => (await said({ url, headers })) === 'new' && (await said(there)) === 'new',
      5,
    );
    await admin.call('DELETE', `/orchestrator/v1/hotbot/config/${fileId}`, { token: admin.admin });
    await until('the other has heard', async () => (await execute(there)).status === 404, 5);
  });

  it('need the same root key: another one is refused at the start, with what to do', async () => {
    await expect(startTestServer({ DATABASE_URL: one.database.url })).rejects.toThrow(/root key .* Copy root\.key/);
  });
});
