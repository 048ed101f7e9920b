import type { Host } from '../declaration.ts';
import type { BotCredential, BotValue } from '../value.ts';
import type { Run } from './run.ts';
import type { OpenSessions } from './sessions.ts';

/** One call of one bot: its variables by slot, and the line it is at. */
export class Frame {
  line = 0;
  readonly slots: BotValue[];
  readonly run: Run;
  readonly host: Host;
  /** The same as the host's, with what only the interpreter may do. */
  readonly sessions: OpenSessions;
  /** Fetched for the line that runs, by reference; see secrets.ts. */
  secrets: Map<string, BotCredential> | undefined;
  readonly botPath: string;
  /** 1 for the bot that was started, one more for each bot between it and this one. */
  readonly depth: number;

  constructor(run: Run, host: Host, sessions: OpenSessions, botPath: string, slots: BotValue[], depth: number) {
    this.run = run;
    this.host = host;
    this.sessions = sessions;
    this.botPath = botPath;
    this.slots = slots;
    this.depth = depth;
  }
}
