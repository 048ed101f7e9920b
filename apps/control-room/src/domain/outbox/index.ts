import type { OutgoingOptions } from '@signalbox/actions/network';
import type { Kernel } from '../../kernel/kernel.ts';
import { createDelivery } from './delivery.ts';
import { createMessages } from './messages.ts';
import { createSigningSecret } from './signing-secret.ts';

/** Telling the outside: written in the transaction whose outcome is told, delivered at least once after it. */
export function createOutbox(kernel: Kernel, outgoing: OutgoingOptions) {
  const signingSecret = createSigningSecret(kernel);
  const { send, ...messages } = createMessages(kernel);
  return { send, messages, signingSecret, delivery: createDelivery(kernel, signingSecret.read, outgoing) };
}

export type Outbox = ReturnType<typeof createOutbox>;
export { type Attempt, type Message, type NewMessage, type ReplayRange, readCallbackUrl } from './messages.ts';
