import type { OutgoingOptions } from '@signalbox/actions/network';
import type { Kernel } from '../../kernel/kernel.ts';
import { createDelivery } from './delivery.ts';
import { createMessages } from './messages.ts';
import { createSending } from './sending.ts';
import { createSigningSecret } from './signing-secret.ts';

/** Telling the outside: written in the transaction whose outcome is told, delivered at least once after it. */
export function createOutbox(kernel: Kernel, outgoing: OutgoingOptions) {
  const signingSecret = createSigningSecret(kernel);
  return {
    send: createSending(kernel.sealer),
    messages: createMessages(kernel),
    signingSecret,
    delivery: createDelivery(kernel, signingSecret.read, outgoing),
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
export type { Attempt, LoggedMessage, Message, ReplayRange, Standing } from './messages.ts';
export { type NewMessage, readCallbackUrl } from './sending.ts';
export type { Signature } from './signature.ts';
