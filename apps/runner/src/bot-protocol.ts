import type { Bundle, CredentialAnswer, CredentialQuestion, LogLevel, Progress, SharedValues } from './protocol.ts';

/** The words between the runner and its bot processes. */

/** One run of a bot: for a work item, or deployed. */
export interface Job {
  /** What the bot sees as the id of its run. */
  readonly runId: string;
  /** What secrets are sealed for, as the server writes it. */
  readonly subject: string;
  readonly workItem?: {
    readonly id: number;
    readonly attempt: number;
    readonly queueName: string;
    /** The model's columns: what the item leaves out of them is empty. */
    readonly columns: readonly string[];
    readonly json: Readonly<Record<string, unknown>>;
  };
  readonly bundle: string;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly userName: string;
  readonly deviceName: string;
  readonly controlRoom: string;
  /** Files that the bot names without a folder go here. */
  readonly workFolder: string;
  readonly timeLimitMs: number;
  /** Whether the first line waits for the word to begin. */
  readonly waitsToBegin: boolean;
  readonly outgoing: { readonly allow: readonly string[]; readonly deny: readonly string[] };
}

export type ToBotProcess =
  | { readonly type: 'bundle'; readonly bundle: Bundle }
  /** For jobs from now on. */
  | { readonly type: 'globals'; readonly values: SharedValues['values'] }
  | { readonly type: 'credential'; readonly request: number; readonly answer: CredentialAnswer }
  | { readonly type: 'run'; readonly job: Job }
  /** The server knows that it begins: its first line may run. Said to jobs that wait for it. */
  | { readonly type: 'begin' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop'; readonly reason: string };

export interface BotOutcome {
  readonly outcome: 'completed' | 'failed' | 'stopped';
  /** What the output variables held, as JSON. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The same as typed values. */
  readonly typedOutputs: Readonly<Record<string, unknown>>;
  readonly failure?: BotFailure;
}

export interface BotFailure {
  /** `refused`: the bot cannot run here, and nothing of it did. `device`: no bot can. */
  readonly reason: 'refused' | 'device' | 'error' | 'stopped' | 'deadline' | 'steps' | 'crashed';
  readonly message: string;
  /** Editor line; 0 where there is none. */
  readonly line: number;
  /** The bot it is about; empty where there is none. */
  readonly botPath: string;
  /** Whether that is another one than the bot that was to run. */
  readonly inSubBot: boolean;
}

/** `percent`: of the bot's lines, by the one it is at; while it is in a sub-bot the line that called stands. */
export interface BotProgress extends Progress {
  readonly percent: number;
}

export type FromBotProcess =
  | { readonly type: 'ready' }
  /** The bot is compiled, its inputs fit, and its first line is next. */
  | { readonly type: 'begun'; readonly totalLines: number }
  | { readonly type: 'held'; readonly held: boolean }
  | { readonly type: 'credential'; readonly request: number; readonly question: CredentialQuestion }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string; readonly occurredOn: string }
  | { readonly type: 'progress'; readonly progress: BotProgress }
  | { readonly type: 'done'; readonly outcome: BotOutcome; readonly memoryBytes: number };

export const failed = (reason: BotFailure['reason'], message: string): BotOutcome => ({
  outcome: reason === 'stopped' ? 'stopped' : 'failed',
  outputs: {},
  typedOutputs: {},
  failure: { reason, message, line: 0, botPath: '', inSubBot: false },
});

/** For people, in one line: what went wrong and where. */
export function describeFailure({ message, line, botPath, inSubBot }: BotFailure): string {
  if (line === 0 && botPath === '') return message;
  return `${message} (${inSubBot ? `${botPath}, ` : ''}line ${line})`;
}
