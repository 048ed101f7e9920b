import type { PublicKey } from '@signalbox/sealed-values';

/** The words between runner and server (api/runner on the server's side). Those to bot processes: bot-protocol.ts. */

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

export interface BotReference {
  readonly fileId: number;
  readonly path: string;
  readonly bundle: string;
}

export interface Assignment {
  readonly automationId: number;
  readonly queueId: number;
  readonly queueName: string;
  readonly columns: readonly string[];
  readonly bot: BotReference;
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
  readonly items: readonly ClaimedItem[];
}

export interface HeldRun {
  /** A UUID. */
  readonly id: string;
  /** What the claim gave out; a word under another one is refused. */
  readonly version: number;
}

/** A deployed bot. */
export interface RunOrder extends HeldRun {
  readonly kind: 'UNATTENDED' | 'ATTENDED';
  readonly deploymentId: string;
  readonly automationName: string;
  readonly botLabel: string;
  readonly bot: BotReference;
  /** Typed values by variable name. */
  readonly botInput: Readonly<Record<string, unknown>>;
  readonly runAsUser: { readonly id: number; readonly username: string };
}

/** A task of a robot, which is a package of programs. It is a run like those of bots. */
export interface RobotOrder extends HeldRun {
  readonly robot: {
    /** Of the package, in hex. */
    readonly sha256: string;
    readonly packageName: string;
    /** May be empty where the robot has one task only. */
    readonly taskName: string;
  };
  readonly processName: string;
  readonly stepName: string;
  /** What the robot finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names out of `environment` whose values nobody may read. */
  readonly secrets: readonly string[];
  readonly timeoutSeconds: number | null;
}

export interface RunCommand extends HeldRun {
  readonly command: 'PAUSE' | 'RESUME' | 'STOP';
}

/** Values that all bots share, typed, by name. */
export interface SharedValues {
  readonly hash: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A credential as a bot names it, and the key that its value is to be sealed for. */
export interface CredentialQuestion {
  readonly name: string;
  readonly lockerName: string;
  readonly attributeName: string;
  readonly publicKey: PublicKey;
}

/** Only the run opens it; or why there is none. */
export type CredentialAnswer = { readonly sealed: string; readonly masked: boolean } | { readonly problem: string };

/** What a poll brings. */
export interface TakenWork {
  readonly assignments: readonly Assignment[];
  readonly runs: readonly RunOrder[];
  /** A server of before robots leaves it out. */
  readonly robots?: readonly RobotOrder[];
  readonly commands: readonly RunCommand[];
  /** With work, when others than before. */
  readonly globals?: SharedValues;
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

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogLine {
  readonly workItemId: number;
  readonly occurredOn: string;
  readonly level: LogLevel;
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

export interface RunResult extends HeldRun {
  readonly status: 'COMPLETED' | 'RUN_FAILED' | 'RUN_ABORTED' | 'RUN_TIMED_OUT' | 'DEPLOY_FAILED';
  readonly message?: string;
  readonly line?: number;
  readonly botPath?: string;
  /** Typed values by the name of the output variable. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly totalLines?: number;
  /** It went wrong because of this device, whatever the bot. */
  readonly deviceFault?: boolean;
  readonly startTime: string;
  readonly endTime: string;
}

export interface RunLogLine {
  readonly id: string;
  /** Within the run, from 1 on. */
  readonly number: number;
  readonly occurredOn: string;
  readonly level: LogLevel;
  readonly text: string;
}

export interface RunReportAnswer {
  readonly accepted: number;
  readonly refused: readonly string[];
  /** Those of `started` that may begin; a server of before this word leaves it out. */
  readonly begun?: readonly string[];
}

export interface RunReport {
  readonly started?: readonly (HeldRun & { readonly startTime: string; readonly totalLines: number })[];
  readonly paused?: readonly (HeldRun & { readonly paused: boolean })[];
  readonly progress?: readonly (HeldRun & Progress & { readonly percent: number })[];
  readonly results?: readonly RunResult[];
  readonly handedBack?: readonly HeldRun[];
  readonly logs?: readonly RunLogLine[];
}
