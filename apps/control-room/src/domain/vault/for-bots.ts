import { SignalboxError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { CredentialAnswer, CredentialRequest, CredentialUser } from '../bots/index.ts';
import type { Consume } from './consume.ts';

/**
 * How bots get credentials, wherever they run: in the name of the run's user, recorded before the value leaves. A bot is told
 * why it gets none in words that its author can do something with; never the value of anything. Never rejects.
 */
export type ForBots = (wanted: CredentialRequest, run: CredentialUser) => Promise<CredentialAnswer>;

export function createForBots(consume: Consume, log: Logger): ForBots {
  return async ({ name, lockerName, attributeName }, { userId, runId }) => {
    try {
      return await consume(
        { userId },
        { credentialName: name, attributeName, ...(lockerName === '' ? {} : { lockerName }) },
        { purpose: { type: 'run', id: runId } },
      );
    } catch (cause) {
      if (cause instanceof SignalboxError) return { problem: cause.message };
      log.error({ err: cause, runId }, 'A credential could not be fetched.');
      return { problem: `The credential "${name}" cannot be fetched at the moment.` };
    }
  };
}
