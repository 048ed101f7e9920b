import type { CredentialReference, Host, OutgoingRules, RunFacts, WorkItemFacts } from '../declaration.ts';
import type { SizeLimits } from '../size-limits.ts';
import type { Store } from '../store.ts';
import type { BotCredential, BotValue } from '../value.ts';
import type { Run } from './run.ts';
import type { OpenSessions } from './sessions.ts';

/**
 * What the actions of one bot of a run see: the run's host, with the bot's own name and sessions. A class for the signal's sake,
 * which is made when it is first asked for.
 */
export class BotHost implements Host {
  readonly run: RunFacts;
  readonly sessions: OpenSessions;
  declare readonly log: Host['log'];
  declare readonly store: Store;
  declare readonly limits?: SizeLimits;
  declare readonly now: Host['now'];
  declare readonly globalValue?: (name: string) => BotValue | undefined;
  declare readonly workItem?: WorkItemFacts;
  declare readonly credential?: (reference: CredentialReference) => BotCredential | Promise<BotCredential>;
  declare readonly outgoing?: OutgoingRules;
  readonly #run: Run;

  constructor(run: Run, facts: RunFacts, sessions: OpenSessions) {
    this.run = facts;
    this.sessions = sessions;
    this.#run = run;
    Object.assign(this, run.common);
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }
}
