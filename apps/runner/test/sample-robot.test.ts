import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readRobotPackage } from '@signalbox/robots';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testFolder } from '../../../packages/importers/test-support/folder.ts';
import { zipFolder } from '../../../packages/robots/test-support/zip-folder.ts';
import { type Agent, createRunnerLog, readRunnerConfiguration, startAgent } from '../src/index.ts';
import { type ControlRoomByHand, controlRoomByHand } from '../test-support/control-room-by-hand.ts';
import { findPython } from '../test-support/python.ts';

/** The sample, run by the real runner against the calls that a running robot makes, by hand. */
const sample = join(import.meta.dirname, '../../../samples/invoices-robot');
const folder = testFolder();
let room: ControlRoomByHand;
let agent: Agent;
let api: Server;
let requests: string[];
let answer: (call: string, body: string) => { status: number; body?: unknown };

beforeEach(async () => {
  room = await controlRoomByHand();
  requests = [];
  api = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString('utf8');
    const call = `${request.method} ${request.url} ${request.headers.authorization}`;
    requests.push(body === '' ? call : `${call} ${body}`);
    const { status, body: said } = answer(call, body);
    response.writeHead(status).end(said === undefined ? '' : JSON.stringify(said));
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const configuration = readRunnerConfiguration({
    SIGNALBOX_URL: room.url,
    SIGNALBOX_RUNNER_TOKEN: 'token',
    SIGNALBOX_RUNNER_DIR: folder.at('data'),
    SIGNALBOX_RUNNER_CAPACITY: '1',
  });
  agent = await startAgent(configuration, createRunnerLog('silent'));
});
afterEach(async () => {
  await agent.stop();
  api.close();
  await room.close();
});

const run = async (taskName: string, item: string): Promise<string> => {
  const robot = await zipFolder(sample);
  const host = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`; // it listens on a port
  return room.order(robot, {
    taskName,
    environment: {
      RC_WORKSPACE_ID: 'w',
      RC_PROCESS_ID: 'p',
      RC_PROCESS_RUN_ID: 'r',
      RC_ACTIVITY_RUN_ID: 's',
      RC_WORKITEM_ID: item,
      RC_API_WORKITEM_HOST: host,
      RC_API_WORKITEM_TOKEN: 'items-token',
      RC_API_PROCESS_HOST: host,
      RC_API_PROCESS_TOKEN: 'process-token',
    },
    secrets: ['RC_API_WORKITEM_TOKEN', 'RC_API_PROCESS_TOKEN'],
  });
};
const items = 'json-v1/workspaces/w/workitems';
const process = 'process-v1/workspaces/w/processes/p';
const step = `${process}/runs/r/robotRuns/s`;

it('the sample has two tasks', async () => {
  expect((await readRobotPackage(await zipFolder(sample))).tasks).toEqual(['Split', 'Post']);
});

describe.skipIf(!findPython())('the sample', () => {
  it('makes an item of each order, and tries again what the server could not do', async () => {
    let outputs = 0;
    answer = (call) => {
      if (call.includes('/data')) return { status: 200, body: { orders: [{ id: 'A-1' }, 7] } };
      if (call.includes('/output'))
        return outputs++ === 0 ? { status: 500 } : { status: 200, body: { id: `o${outputs}` } };
      return { status: 200, body: call.includes('reserve') ? { workItemId: null } : {} };
    };
    const id = await run('split', 'i1');
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED' });
    await room.said(id, 'Split into 2 orders.');
    expect(requests).toEqual([
      `GET /${items}/i1/data Bearer items-token`,
      `POST /${process}/work-items/i1/output Bearer process-token {"payload": {"id": "A-1"}}`,
      `POST /${process}/work-items/i1/output Bearer process-token {"payload": {"id": "A-1"}}`,
      `POST /${process}/work-items/i1/output Bearer process-token {"payload": 7}`,
      `POST /${step}/release-work-item Bearer process-token {"workItemId": "i1", "state": "COMPLETED"}`,
      `POST /${step}/reserve-next-work-item Bearer process-token`,
    ]);
  });

  it('posts what is good and releases the rest with the kind of its fault', async () => {
    const orders: Record<string, object> = {
      i1: { id: 'A-1', customer: 'Ada', total: 120.5 },
      i2: { id: 'A-2', total: 0 },
      i3: { id: 'A-3', total: 80, fault: 'temporary' },
    };
    const waiting = ['i1', 'i2', 'i3', 'i4'];
    answer = (call) => {
      const [, item] = /workitems\/(\w+)\/data/.exec(call) ?? [];
      if (item !== undefined) return orders[item] ? { status: 200, body: orders[item] } : { status: 404 };
      return { status: 200, body: call.includes('reserve') ? { workItemId: waiting.shift() ?? null } : {} };
    };
    const id = await run('Post', '');
    expect(await room.result(id)).toMatchObject({ status: 'COMPLETED' });
    const released = requests
      .filter((one) => one.includes('release'))
      .map((one) => JSON.parse(one.slice(one.indexOf('{'))));
    expect(released).toEqual([
      { workItemId: 'i1', state: 'COMPLETED' },
      {
        workItemId: 'i2',
        state: 'FAILED',
        exception: expect.objectContaining({ type: 'BUSINESS', code: 'BAD_ORDER' }),
      },
      {
        workItemId: 'i3',
        state: 'FAILED',
        exception: expect.objectContaining({ type: 'APPLICATION', code: 'BOOKS_AWAY' }),
      },
      {
        workItemId: 'i4',
        state: 'FAILED',
        exception: expect.objectContaining({ type: 'BUSINESS', message: 'The order has no id.' }),
      },
    ]);
    expect(await room.artifact(id, 'posted.csv')).toBe('A-1,Ada,120.5\r\n');
  });

  it('gives up at once what the server refuses, and tells no token', async () => {
    answer = () => ({ status: 403, body: { message: 'not with items-token' } });
    const id = await run('Post', 'i1');
    expect(await room.result(id)).toMatchObject({
      status: 'RUN_FAILED',
      message: expect.stringContaining('403 {"message":"not with ••••"}'),
    });
    expect(requests).toHaveLength(1);
  });
});
