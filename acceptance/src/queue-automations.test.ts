import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';

/** Contract b §0.8 and §1.14: a bot on a queue runs its bot at times that nobody chooses. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const VIEW = 29;
const RUN = 7;
const MY_QUEUES = 100003;

it('is made by a consumer of queue and pool who may also run the bot, and by nobody with less', async () => {
  const post = async (path: string, body: unknown) => {
    const answer = await server.call('POST', path, { token: server.admin, body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  };
  const looker = await server.user([VIEW, MY_QUEUES], 'looker');
  const runner = await server.user([VIEW, RUN, MY_QUEUES], 'runner');
  const model = await post('/v4/wlm/workitemmodels', { name: 'm', attributes: [{ name: 'a', type: 'TEXT' }] });
  const queue = await post('/v4/wlm/queues', { name: 'q', workItemModelId: model.id });
  await post(`/v4/wlm/queues/${queue.id}/consumers`, [{ id: looker.roleId }, { id: runner.roleId }]);
  const pool = await post('/v2/devices/pools', {
    name: 'p',
    automationScheme: 'PRIORITY',
    consumerIds: [String(looker.roleId), String(runner.roleId)],
  });
  const file = await post('/v2/repository/files', {
    name: 'bot',
    contentType: 'application/vnd.aa.taskbot',
    parentFolderId: '2',
  });
  const attach = (token: string) =>
    server.call('POST', '/v4/wlm/automations', {
      token,
      body: { name: 'a', queueId: queue.id, fileId: file.id, poolId: pool.id, runAsUserIds: [1] },
    });
  const refused = await attach(looker.token);
  expect(refused.status, refused.text).toBe(403);
  expect((await attach(runner.token)).status).toBe(201);
});
