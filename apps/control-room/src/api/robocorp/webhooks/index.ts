import type { Operation } from '../../operation.ts';
import { createWebhook } from './create-webhook.ts';
import { deleteWebhook } from './delete-webhook.ts';
import { getWebhook } from './get-webhook.ts';
import { listWebhooks } from './list-webhooks.ts';

export const webhookOperations: readonly Operation[] = [listWebhooks, createWebhook, getWebhook, deleteWebhook];
