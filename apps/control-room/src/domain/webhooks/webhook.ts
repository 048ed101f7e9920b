import { error } from '../../kernel/errors.ts';

/** What can be told. Source: contract robocorp §7.2. */
export const WEBHOOK_EVENTS = [
  'process_run.started',
  'process_run.completed',
  'process_run.unresolved',
  'robot_run_event',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Somebody outside who is told of events in a workspace, or of one process in it. */
export interface Webhook {
  readonly id: string;
  readonly processId: string | null;
  readonly events: readonly WebhookEvent[];
  readonly endpoint: string;
  readonly createdOn: Temporal.Instant;
}

/** With what the receiver checks that it is us. */
export interface WebhookSecret {
  readonly secret: string;
}

export interface NewWebhook {
  readonly endpoint: string;
  readonly events: readonly string[];
  /** Undefined: of all processes of the workspace. */
  readonly processId?: string | undefined;
}

const MOST_EVENTS = 50;

/** Letter case does not count. @throws invalid */
export function readEvents(names: readonly string[]): WebhookEvent[] {
  if (names.length === 0 || names.length > MOST_EVENTS) {
    throw error('invalid', 'It is not said which events to tell of.', {
      details: `expected ${WEBHOOK_EVENTS.join(', ')}`,
    });
  }
  const events = names.map((name) => {
    const event = WEBHOOK_EVENTS.find((known) => known === name.trim().toLowerCase());
    if (event) return event;
    throw error('invalid', `There is no event "${name.slice(0, 100)}".`, {
      details: `expected ${WEBHOOK_EVENTS.join(', ')}`,
    });
  });
  return [...new Set(events)];
}
