import type { BotInput, Callback, DeploymentRequest, Target } from '../runs/index.ts';

/** An API Task: it runs in the server, on no device. */
export interface HeadlessTarget {
  readonly kind: 'HEADLESS';
  readonly executions: number;
  readonly mayQueue: boolean;
  /** Undefined: the caller himself. */
  readonly runAsUserId: number | undefined;
}

/** A process of robots instead of a bot: our own extension. */
export interface ProcessTarget {
  readonly kind: 'PROCESS';
  readonly workspaceId: string;
  readonly processId: string;
  /** One item each; undefined: what a run without data begins with. */
  readonly payloads: readonly unknown[] | undefined;
}

/** What a deployment needs (contract a §9.3), for now or for later. Of a process the fileId is 0: it has no bot. */
export interface Launch extends Omit<DeploymentRequest, 'target' | 'trigger'> {
  readonly target: Target | HeadlessTarget | ProcessTarget;
  readonly botInput: BotInput;
  readonly callback: Callback | undefined;
}

export interface LaunchReceipt {
  /** Of a process the id of its run. */
  readonly deploymentId: string;
  readonly automationName: string;
}

/** As it is kept in the database. */
export interface KeptLaunch {
  readonly fileId: number;
  /** JSON, without the callback. */
  readonly launch: string;
  readonly callbackSealed: string | null;
}

/** What it runs, for the record. */
export function whatRuns({ fileId, target }: Pick<Launch, 'fileId' | 'target'>): object {
  return target.kind === 'PROCESS' ? { workspaceId: target.workspaceId, processId: target.processId } : { fileId };
}
