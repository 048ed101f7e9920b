import { sql } from 'kysely';
import type { Transaction } from '../../kernel/database/index.ts';
import type { Sealer } from '../../kernel/sealing.ts';
import { readCallbackUrl } from '../outbox/index.ts';
import type { BotInput } from './bot-input.ts';
import { type Callback, callbackOf } from './callback.ts';

/** What somebody asked for in one call, as it is kept. Its runs name it. */
export interface DeploymentRecord {
  /** A UUID. */
  readonly id: string;
  readonly automationName: string;
  readonly createdBy: number;
  readonly description?: string | undefined;
  readonly botInput?: BotInput | undefined;
  readonly botLabel?: string | undefined;
  readonly runElevated?: boolean | undefined;
  readonly rdpEnabled?: boolean | undefined;
  readonly hideAgentUi?: boolean | undefined;
  readonly callback?: Callback | undefined;
  /** What fires it, when no person does. */
  readonly trigger?: { readonly type: 'SCHEDULE' | 'TRIGGER'; readonly id: number | string } | undefined;
}

/** Answers the deployment's number. @throws invalid for a callback that cannot be called */
export async function recordDeployment(tx: Transaction, sealer: Sealer, given: DeploymentRecord): Promise<number> {
  const { id, callback, trigger } = given;
  if (callback) readCallbackUrl(callback.url);
  const sealed = callback ? sealer.seal(JSON.stringify(callback), callbackOf(id)) : null;
  const row = await tx.first(
    sql<{
      number: number;
    }>`insert into deployment (id, automation_name, description, bot_input, bot_label, run_elevated,
        rdp_enabled, hide_agent_ui, callback_sealed, trigger_type, trigger_id, created_by)
      values (${id}, ${given.automationName}, ${given.description ?? ''}, ${JSON.stringify(given.botInput ?? {})}::jsonb,
        ${given.botLabel ?? ''}, ${given.runElevated ?? false}, ${given.rdpEnabled ?? false}, ${given.hideAgentUi ?? false},
        ${sealed}, ${trigger?.type ?? ''}, ${String(trigger?.id ?? '')}, ${given.createdBy}) returning number`,
  );
  if (!row) throw new Error('The deployment was not inserted.');
  return row.number;
}
