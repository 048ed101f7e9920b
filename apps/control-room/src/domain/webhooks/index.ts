import type { Kernel } from '../../kernel/kernel.ts';
import type { Page, Selection } from '../../kernel/selection.ts';
import { recordAudit } from '../audit/index.ts';
import type { LoggedMessage, Outbox, ReplayRange, Standing } from '../outbox/index.ts';
import type { WorkspaceCaller } from '../workspaces/index.ts';
import { createSubscriptions, type FindProcess, subjectOf } from './subscriptions.ts';
import { createTelling } from './telling.ts';
import type { Webhook } from './webhook.ts';

export interface StandingWebhook extends Webhook {
  /** Undefined: it was told nothing yet. */
  readonly standing: Standing | undefined;
}

/** More than anybody has, and few enough for one answer. */
const MOST_LISTED = 1_000;

/** Who wants to be told of what happens in a workspace. It is said through the outbox, at least once, and counted. */
export function createWebhooks(kernel: Kernel, outbox: Outbox) {
  let findProcess: FindProcess = async () => undefined;
  const subscriptions = createSubscriptions(kernel, outbox, (caller, id) => findProcess(caller, id));
  const { tell, tellRobotRun, test } = createTelling(outbox, subscriptions);
  const { list, create, reveal, remove } = subscriptions;

  return {
    list,
    create,
    reveal,
    remove,
    tell,
    tellRobotRun,

    /** Said once at the start, by the part whose processes they are: which ones a webhook may be for. */
    processes: (find: FindProcess): void => {
      findProcess = find;
    },

    /** How it stands with each: nobody is ever left out silently, so that whoever fails must be seen. */
    async standing(caller: WorkspaceCaller): Promise<StandingWebhook[]> {
      const { rows } = await list(caller, { limit: MOST_LISTED, after: undefined });
      const standings = await outbox.messages.standingOf(
        'webhook',
        rows.map(({ id }) => id),
      );
      return rows.map((webhook) => ({ ...webhook, standing: standings.get(webhook.id) }));
    },

    /** What it was told, and how that went. @throws notFound */
    async deliveries(caller: WorkspaceCaller, id: string, selection: Selection): Promise<Page<LoggedMessage>> {
      const webhook = await subscriptions.get(caller, id);
      return outbox.messages.listOf(subjectOf(webhook.id), selection);
    },

    /** Tells it again, under the same ids. What is on its way stays so. Answers how many. @throws notFound */
    async replay(caller: WorkspaceCaller, id: string, range: ReplayRange): Promise<number> {
      const webhook = await subscriptions.get(caller, id);
      return outbox.messages.replayOf(caller.actor, subjectOf(webhook.id), range);
    },

    /** @throws notFound */
    async sendTest(caller: WorkspaceCaller, id: string): Promise<void> {
      const webhook = await subscriptions.get(caller, id);
      await kernel.database.transaction(async (tx) => {
        await test(tx, webhook, caller.workspace);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'webhook.test',
          subject: subjectOf(webhook.id),
          details: { workspace: caller.workspace.uuid },
        });
      });
    },
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;
export type { FindProcess, Subscription } from './subscriptions.ts';
export type { ProcessRunEvent, RobotRunEvent } from './telling.ts';
export { type NewWebhook, WEBHOOK_EVENTS, type Webhook, type WebhookEvent } from './webhook.ts';
