import { listWebhookDeliveries, replayWebhook } from './deliveries.ts';
import { createWorkspaceWebhook, deleteWorkspaceWebhook, listWorkspaceWebhooks, testWebhook } from './webhooks.ts';

export const webhookExtensionOperations = [
  listWorkspaceWebhooks,
  createWorkspaceWebhook,
  deleteWorkspaceWebhook,
  testWebhook,
  listWebhookDeliveries,
  replayWebhook,
];
