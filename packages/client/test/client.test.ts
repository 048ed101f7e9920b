import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, ControlRoomError, startControlRoom, type TestControlRoom } from '../src/index.ts';

/** As somebody else's test suite would use it. */
let room: TestControlRoom;
beforeAll(async () => {
  room = await startControlRoom();
});
afterAll(() => room.stop());

describe('a Control Room in a test', () => {
  it('takes items and files, and says what is in a queue', async () => {
    const { client } = room;
    const model = await client.createModel({
      name: 'Invoice',
      attributes: [
        { name: 'no', type: 'TEXT', isRequired: true },
        { name: 'amount', type: 'NUMBER' },
      ],
    });
    const queue = await client.createQueue({ name: 'Invoices', workItemModelId: model.id, autoRetryLimit: 2 });
    expect(await client.addItems(queue.id, [{ no: 'A', amount: 1 }])).toMatchObject([
      { status: 'NEW', version: 0, json: { no: 'A' } },
    ]);
    expect(await client.loadFile(queue.id, new Blob(['no,amount\nB,2\nC,many\n']))).toMatchObject({
      read: 2,
      loaded: 2,
      wrong: 1,
    });
    const failed = await client.listItems(queue.id, {
      filter: { operator: 'eq', field: 'status', value: 'DATA_ERROR' },
    });
    expect(failed).toMatchObject({ list: [{ json: { no: 'C' } }], page: { total: 3, totalFilter: 1 } });
    expect(await client.explainQueue(queue.id)).toMatchObject({
      total: 3,
      counts: { NEW: 2 },
      explanation: { reason: 'NO_AUTOMATION' },
    });
  });

  it('refuses with code, message and details', async () => {
    const refusal = await room.client.createQueue({ name: 'x', workItemModelId: 999 }).catch((cause) => cause);
    expect(refusal).toBeInstanceOf(ControlRoomError);
    expect(refusal).toMatchObject({ status: 400, code: 'REQUEST.INVALID', message: expect.stringContaining('999') });
    const stranger = new Client({ url: room.url, username: room.username, password: 'wrong' });
    await expect(stranger.call('GET', '/v1/usermanagement/users/self')).rejects.toMatchObject({
      status: 401,
      code: 'UM1110',
    });
  });

  it('gives a client whose token has ended a new one without a word', async () => {
    const { client } = room;
    await client.call('POST', '/v1/authentication/logout');
    expect(await client.call('GET', '/v1/usermanagement/users/self')).toMatchObject({ username: 'admin' });
  });
});
