/** The words between runner and server (api/runner on the server's side), and between runner and bot process. */

export interface DeviceFacts {
  readonly hostName: string;
  readonly fullyQualifiedHostName?: string;
  readonly os: string;
  readonly agentVersion: string;
  readonly capacity: number;
  readonly capabilities: Readonly<Record<string, unknown>>;
}

export interface HeldItem {
  readonly id: number;
  /** What the claim gave out; a result under another one is refused. */
  readonly version: number;
}

export interface ClaimedItem extends HeldItem {
  readonly attempts: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Assignment {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  readonly columns: readonly string[];
  readonly bot: { readonly fileId: number; readonly path: string; readonly bundle: string };
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  readonly items: readonly ClaimedItem[];
}

export interface Bundle {
  readonly fileId: number;
  readonly path: string;
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

export interface ItemResult extends HeldItem {
  readonly status: 'COMPLETED' | 'FAILED';
  readonly result: string;
  readonly error?: string;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly startTime: string;
  readonly endTime: string;
}

export interface LogLine {
  readonly workItemId: number;
  readonly occurredOn: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** How far a bot has come. */
export interface Progress {
  readonly botPath: string;
  readonly line: number;
  readonly steps: number;
}

export interface Report {
  readonly started?: readonly (HeldItem & { readonly startTime: string })[];
  readonly results?: readonly ItemResult[];
  readonly progress?: readonly (HeldItem & Progress)[];
  readonly handedBack?: readonly HeldItem[];
  readonly logs?: readonly LogLine[];
}

/** One item for a bot process. */
export interface Job {
  readonly item: ClaimedItem;
  readonly queueName: string;
  readonly columns: readonly string[];
  readonly bundle: string;
  readonly botPath: string;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly userName: string;
  readonly deviceName: string;
  readonly controlRoom: string;
  readonly workFolder: string;
  readonly timeLimitMs: number;
  readonly outgoing: { readonly allow: readonly string[]; readonly deny: readonly string[] };
}

export type ToBotProcess =
  | { readonly type: 'bundle'; readonly bundle: Bundle }
  | { readonly type: 'run'; readonly job: Job }
  | { readonly type: 'stop'; readonly reason: string };

export interface BotOutcome {
  readonly outcome: 'completed' | 'failed' | 'stopped';
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export type FromBotProcess =
  | { readonly type: 'ready' }
  | { readonly type: 'log'; readonly level: LogLine['level']; readonly text: string; readonly occurredOn: string }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'done'; readonly outcome: BotOutcome; readonly memoryBytes: number };
