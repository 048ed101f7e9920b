/**
 * Ends a run from outside the bot: someone stopped it, its time is up, its steps are spent. No error handler of the bot
 * sees it, and no `finally` runs: a bot that may not go on must not.
 */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly reason: 'stopped' | 'deadline' | 'steps';

  constructor(reason: 'stopped' | 'deadline' | 'steps', message: string) {
    super(message);
    this.reason = reason;
  }
}
