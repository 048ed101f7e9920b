import type { BotInput, Callback, DeploymentRequest, Target } from '../runs/index.ts';

/** An API Task: it runs in the server, on no device. */
export interface HeadlessTarget {
  readonly kind: 'HEADLESS';
  readonly executions: number;
  readonly mayQueue: boolean;
  /** Undefined: the caller himself. */
  readonly runAsUserId: number | undefined;
}

/** What a deployment needs (contract a §9.3), for now or for later. */
export interface Launch extends Omit<DeploymentRequest, 'target' | 'trigger'> {
  readonly target: Target | HeadlessTarget;
  readonly botInput: BotInput;
  readonly callback: Callback | undefined;
}

export interface LaunchReceipt {
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
