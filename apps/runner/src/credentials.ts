import { type ControlRoomClient, Refused } from './control-room-client.ts';
import type { RunnerLog } from './log.ts';
import type { CredentialAnswer, CredentialQuestion, HeldItem, HeldRun } from './protocol.ts';
import { untilItWorks } from './retry.ts';

/** How long a bot waits for a secret while the server is away. */
const PATIENCE_MS = 60_000;

/** Carries questions for secrets to the server, and sealed answers back: what is in them is nothing this process could read. */
export class Credentials {
  readonly #client: ControlRoomClient;
  readonly #log: RunnerLog;
  readonly #ended: AbortSignal;

  constructor(client: ControlRoomClient, log: RunnerLog, ended: AbortSignal) {
    this.#client = client;
    this.#log = log;
    this.#ended = ended;
  }

  /** Never rejects: what went wrong is the answer, in words for the bot's author. */
  async fetch(
    subject: { readonly run: HeldRun } | { readonly item: HeldItem },
    question: CredentialQuestion,
  ): Promise<CredentialAnswer> {
    const signal = AbortSignal.any([this.#ended, AbortSignal.timeout(PATIENCE_MS)]);
    const { name } = question;
    try {
      return await untilItWorks(
        'credential',
        () => this.#client.credential(subject, question, signal),
        this.#log,
        signal,
      );
    } catch (cause) {
      const why = cause instanceof Refused ? cause.message : 'The server cannot be reached.';
      return { problem: `The credential "${name}" cannot be fetched. ${why}` };
    }
  }
}
