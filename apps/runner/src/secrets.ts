import { createRecipient, type Recipient } from '@signalbox/sealed-values';
import { BotCredential, BotError, type CredentialReference, createRedactor, redactJson } from '@signalbox/taskbot';
import type { CredentialAnswer, CredentialQuestion } from './protocol.ts';

/**
 * The secrets of one run, inside its bot process. A key pair made for the run opens what the server seals for it; what is
 * masked is taken out of everything that the bot says, before it leaves this process.
 */
export class Secrets {
  readonly #subject: string;
  readonly #ask: (question: CredentialQuestion) => Promise<CredentialAnswer>;
  readonly #masked = new Set<string>();
  #recipient: Promise<Recipient> | undefined;
  #redact: ((text: string) => string) | undefined;

  constructor(subject: string, ask: (question: CredentialQuestion) => Promise<CredentialAnswer>) {
    this.#subject = subject;
    this.#ask = ask;
  }

  /** Asked for at each use, for it may be changed while the bot runs. @throws BotError */
  async fetch({ name, lockerName, attributeName }: CredentialReference): Promise<BotCredential> {
    this.#recipient ??= createRecipient();
    const recipient = await this.#recipient;
    const answer = await this.#ask({ name, lockerName, attributeName, publicKey: recipient.publicKey });
    if ('problem' in answer) throw new BotError(answer.problem);
    const value = await recipient
      .open(answer.sealed, { subject: this.#subject, name: `${name}.${attributeName}` })
      .catch(() => {
        throw new BotError(`The credential "${name}" did not arrive as it was sent.`);
      });
    if (answer.masked && !this.#masked.has(value)) {
      this.#masked.add(value);
      this.#redact = createRedactor([...this.#masked]);
    }
    return new BotCredential(() => value);
  }

  /** A text without them. Runs that fetch none pay nothing. */
  clean(text: string): string {
    return this.#redact?.(text) ?? text;
  }

  /** The same for values. */
  cleanJson<T>(json: T): T {
    return this.#redact === undefined ? json : (redactJson(this.#redact, json) as T); // of the same shape
  }
}
