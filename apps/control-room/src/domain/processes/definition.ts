import type { OnLost } from '../work/index.ts';

/** A step of a process: which robot works off its items, where, and by which rules. */
export interface Step {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly queueId: number;
  readonly taskPackageId: string;
  /** Empty: the only task there is. */
  readonly taskName: string;
  /** Where it must run; neither: anywhere in the workspace. */
  readonly deviceId: number | null;
  readonly workerGroupId: number | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Null: as many as there are slots. */
  readonly maxParallel: number | null;
  readonly timeoutSeconds: number | null;
  /** Until every item of the step before has ended, well or badly. */
  readonly waitForAll: boolean;
  /** How often an item is tried again that failed, unless its data are to blame. */
  readonly retries: number;
  /** What becomes of an item whose robot was lost. */
  readonly onLost: OnLost;
}

/** What becomes of a mail that comes to a process (contract robocorp §8.4). */
export interface MailRules {
  /** Read; otherwise it is put into the item as it is. */
  readonly parse: boolean;
  /** A run begins with it; otherwise it waits in the input. */
  readonly start: boolean;
}

export interface Process {
  readonly id: string;
  readonly workspaceId: number;
  readonly name: string;
  readonly description: string;
  /** What a run without data begins with. */
  readonly defaultPayload: unknown;
  readonly mail: MailRules;
  readonly outputQueueId: number;
  readonly steps: readonly Step[];
  readonly createdOn: Temporal.Instant;
  readonly version: number;
}

/** A step as somebody wants it. */
export interface StepSettings {
  /** Of a step that is there and stays. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly taskPackageId: string;
  readonly taskName?: string | undefined;
  /** As the wire names workers. */
  readonly workerId?: string | undefined;
  readonly workerGroupId?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly maxParallel?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly waitForAll?: boolean | undefined;
  readonly retries?: number | undefined;
  readonly onLost?: OnLost | undefined;
  /** Works off a queue that is there already, instead of one of its own. */
  readonly queueId?: number | undefined;
}

export interface ProcessSettings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly defaultPayload?: unknown;
  /** Both when nothing is said. */
  readonly mail?: { readonly [Rule in keyof MailRules]?: boolean | undefined } | undefined;
  readonly steps: readonly StepSettings[];
}

/** The step whose items come from outside. */
export function firstStep(process: Process): Step {
  const [first] = process.steps;
  if (!first) throw new Error('A process has no step.');
  return first;
}

/** Where the outputs of a step go: to the next one, or out of the process. */
export function queueBehind({ steps, outputQueueId }: Process, stepId: string): number {
  const place = steps.findIndex(({ id }) => id === stepId);
  return steps[place + 1]?.queueId ?? outputQueueId;
}
