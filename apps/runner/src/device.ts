import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { standardPackages } from '@signalbox/actions';
import type { RunnerConfiguration } from './configuration.ts';
import { type ControlRoomClient, Refused } from './control-room-client.ts';
import type { DeviceFacts } from './protocol.ts';
import { robotTools } from './robots/environments/builders.ts';

export const AGENT_VERSION = '0.1.0';

/** Who this device is to one server. The key opens the door alone, so the file is for its owner only. */
export interface DeviceIdentity {
  readonly deviceId: number;
  readonly key: string;
}

export function describeDevice({ capacity }: RunnerConfiguration): DeviceFacts {
  return {
    hostName: hostname(),
    fullyQualifiedHostName: hostname(),
    os: `${platform()} ${release()} ${arch()}`,
    agentVersion: AGENT_VERSION,
    capacity,
    capabilities: {
      node: process.version,
      cores: cpus().length,
      memoryBytes: totalmem(),
      desktop: false,
      robots: true,
      robotTools: robotTools(process.env.PATH ?? ''),
      packages: [...new Set(standardPackages.map((declaration) => declaration.package))].sort(),
    },
  };
}

/** Reads the device's key, or registers it with the one-time token. */
export async function identify(configuration: RunnerConfiguration, client: ControlRoomClient): Promise<DeviceIdentity> {
  mkdirSync(configuration.dataDir, { recursive: true, mode: 0o700 });
  const file = join(configuration.dataDir, 'device.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DeviceIdentity;
  const token = configuration.registrationToken;
  if (token === undefined) {
    throw new Refused(
      401,
      `This device is not registered (${file} is not there). Set SIGNALBOX_RUNNER_TOKEN to a token of POST /signalbox/v1/runner-tokens.`,
    );
  }
  const identity = await client.register(token, describeDevice(configuration));
  writeFileSync(file, JSON.stringify(identity), { mode: 0o600, flush: true });
  return identity;
}

/** A session id that names no session: what is told before one is open. */
export const noSession = (): string => randomUUID();
