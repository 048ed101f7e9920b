import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { WorkspaceParams } from '../workspaces/declared.ts';
import { declared, render, shown, webhookParams } from './declared.ts';

const Standing = Type.Object({
  failing: Type.Boolean({ description: 'The last attempt came to nothing. It is tried again all the same.' }),
  problem: Type.Union([Type.String(), Type.Null()]),
  pending: Type.Integer(),
  givenUp: Type.Integer({ description: 'Of the last 30 days. Replay brings them again.' }),
  lastDeliveredOn: Type.Union([Type.String(), Type.Null()]),
  lastSequence: Type.Union([Type.Integer(), Type.Null()]),
});

export const listWorkspaceWebhooks = operation({
  ...declared,
  name: 'listWorkspaceWebhooks',
  summary: 'List the webhooks of a workspace with how it stands with each',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks',
  params: WorkspaceParams,
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(Type.Object({ ...shown, standing: Standing })) }),
    description: 'All of them, without secrets. None is ever switched off because it fails.',
  },
  handle: async ({ caller, params }, { workspaces, webhooks }) => {
    const list = await webhooks.standing(await workspaces.enter(caller, params.workspaceId));
    return {
      list: list.map(({ standing, ...webhook }) => ({
        ...render(webhook),
        standing: {
          failing: (standing?.problem ?? null) !== null,
          problem: standing?.problem ?? null,
          pending: standing?.pending ?? 0,
          givenUp: standing?.givenUp ?? 0,
          lastDeliveredOn: standing?.lastDeliveredOn?.toString() ?? null,
          lastSequence: standing?.lastSequence ?? null,
        },
      })),
    };
  },
});

export const createWorkspaceWebhook = operation({
  ...declared,
  name: 'createWorkspaceWebhook',
  summary: 'Have what happens in a workspace told to an address',
  description: 'Of all its processes, unless one is named.',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks',
  params: WorkspaceParams,
  body: Type.Object({
    endpoint: Type.String(),
    events: Type.Array(Type.String(), {
      description: 'process_run.started, process_run.completed, process_run.unresolved, robot_run_event',
    }),
    processId: Type.Optional(Type.String()),
  }),
  answer: {
    status: 201,
    schema: Type.Object({ ...shown, secret: Type.String({ description: 'The key of the signature, as it stands.' }) }),
    description: 'The webhook, with the secret that the server has made.',
  },
  handle: async ({ caller, params, body }, { workspaces, webhooks }) => {
    const { secret, ...webhook } = await webhooks.create(await workspaces.enter(caller, params.workspaceId), body);
    return { ...render(webhook), secret };
  },
});

export const deleteWorkspaceWebhook = operation({
  ...declared,
  name: 'deleteWorkspaceWebhook',
  summary: 'Delete a webhook of a workspace',
  description: 'What it was not told yet it never will be.',
  method: 'DELETE',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks/{webhookId}',
  params: webhookParams,
  answer: { status: 204 },
  handle: async ({ caller, params }, { workspaces, webhooks }) => {
    await webhooks.remove(await workspaces.enter(caller, params.workspaceId), params.webhookId);
  },
});

export const testWebhook = operation({
  ...declared,
  name: 'testWebhook',
  summary: 'Send a webhook a test event',
  method: 'POST',
  path: '/signalbox/v1/workspaces/{workspaceId}/webhooks/{webhookId}/test',
  params: webhookParams,
  answer: { status: 204, description: 'It is on its way; the log of deliveries says how it went.' },
  handle: async ({ caller, params }, { workspaces, webhooks }) =>
    webhooks.sendTest(await workspaces.enter(caller, params.workspaceId), params.webhookId),
});
