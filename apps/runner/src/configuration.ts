import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { createOutgoingRules } from '@signalbox/actions/outgoing';

export interface RunnerConfiguration {
  readonly url: string;
  /** Needed for the first start only. */
  readonly registrationToken: string | undefined;
  /** absolute; holds the device's key, its outbox and its work folders */
  readonly dataDir: string;
  /** bots at the same time */
  readonly capacity: number;
  /** how long one item may take */
  readonly timeLimitMs: number;
  /** how long a deployed bot may take */
  readonly runTimeLimitMs: number;
  /** what a deployed bot or a robot may leave behind to be sent to the server */
  readonly artifacts: { readonly most: number; readonly mostBytes: number };
  /** whom bots on this device may call: `public`, `private`, `loopback`, or networks such as 10.1.0.0/16 */
  readonly outgoingAllow: readonly string[];
  readonly outgoingDeny: readonly string[];
  readonly logLevel: string;
}

export class RunnerConfigurationError extends Error {
  override readonly name = 'RunnerConfigurationError';
}

/**
 * `SIGNALBOX_URL` (http://127.0.0.1:8080), `SIGNALBOX_RUNNER_TOKEN` (first start), `SIGNALBOX_RUNNER_DIR` (./.signalbox-runner),
 * `SIGNALBOX_RUNNER_CAPACITY` (one a core), `SIGNALBOX_RUNNER_TIME_LIMIT_SECONDS` (3600), `SIGNALBOX_RUNNER_OUTGOING_ALLOW`
 * (public,private,loopback), `SIGNALBOX_RUNNER_OUTGOING_DENY` (nothing), `SIGNALBOX_RUNNER_RUN_TIME_LIMIT_SECONDS` (86400),
 * `SIGNALBOX_RUNNER_ARTIFACTS` (1000), `SIGNALBOX_RUNNER_ARTIFACT_MEGABYTES` (200), `SIGNALBOX_LOG_LEVEL` (info).
 *
 * @throws RunnerConfigurationError with one line that says which setting and why
 */
export function readRunnerConfiguration(env: Readonly<Record<string, string | undefined>>): RunnerConfiguration {
  const url = (env.SIGNALBOX_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new RunnerConfigurationError(`SIGNALBOX_URL is "${url}"; expected a URL such as http://127.0.0.1:8080.`);
  }
  return {
    url,
    registrationToken: env.SIGNALBOX_RUNNER_TOKEN || undefined,
    dataDir: resolve(env.SIGNALBOX_RUNNER_DIR ?? '.signalbox-runner'),
    capacity: readCount(env, 'SIGNALBOX_RUNNER_CAPACITY', availableParallelism(), 1_000),
    timeLimitMs: readCount(env, 'SIGNALBOX_RUNNER_TIME_LIMIT_SECONDS', 3_600, 7 * 86_400) * 1_000,
    runTimeLimitMs: readCount(env, 'SIGNALBOX_RUNNER_RUN_TIME_LIMIT_SECONDS', 86_400, 30 * 86_400) * 1_000,
    artifacts: {
      most: readCount(env, 'SIGNALBOX_RUNNER_ARTIFACTS', 1_000, 10_000, 0),
      mostBytes: readCount(env, 'SIGNALBOX_RUNNER_ARTIFACT_MEGABYTES', 200, 10_240) * 1024 * 1024,
    },
    outgoingAllow: readNetworks(env, 'SIGNALBOX_RUNNER_OUTGOING_ALLOW', ['public', 'private', 'loopback']),
    outgoingDeny: readNetworks(env, 'SIGNALBOX_RUNNER_OUTGOING_DENY', []),
    logLevel: env.SIGNALBOX_LOG_LEVEL ?? 'info',
  };
}

function readCount(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  most: number,
  least = 1,
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const count = Number(text);
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new RunnerConfigurationError(`${name} is "${text}"; expected a whole number from ${least} to ${most}.`);
}

/** Tried out at once: a network that is none must not be found by the first bot that calls somebody. */
function readNetworks(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: readonly string[],
): readonly string[] {
  const text = env[name];
  if (text === undefined || text.trim() === '') return fallback;
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  try {
    createOutgoingRules({ allow: words });
  } catch (cause) {
    throw new RunnerConfigurationError(
      `${name} is "${text}"; expected public, private, loopback or networks such as 10.1.0.0/16, with commas between (${(cause as Error).message}).`,
    );
  }
  return words;
}
