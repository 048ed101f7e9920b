import { Type } from 'typebox';
import type { Subscription, Webhook } from '../../../domain/webhooks/index.ts';
import { inWorkspace, Nullable, Reference, v1 } from '../wire.ts';

/* Contract robocorp §4.11. There is no call to change one. */

export const declared = { module: 'Webhooks', versions: v1, provenance: 'documented' } as const;

export const reads = { workspace: 'Webhooks.read_webhooks' } as const;
export const writes = { workspace: 'Webhooks.write_webhooks' } as const;

export const webhookParams = inWorkspace('webhook');

const shown = {
  id: Type.String(),
  process: Nullable(Reference),
  enabled_events: Type.Array(Type.String()),
  endpoint: Type.String(),
};
export const WebhookShown = Type.Object(shown);
export const WebhookWithSecret = Type.Object({ ...shown, secret: Type.String() });

export function render({ id, processId, events, endpoint }: Webhook): object {
  return { id, process: processId === null ? null : { id: processId }, enabled_events: events, endpoint };
}

export function renderWithSecret(webhook: Subscription): object {
  return { ...render(webhook), secret: webhook.secret };
}
