import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, Transaction } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { extendLeases, releaseLeases, takeLease } from '../../kernel/leases.ts';
import { type Remembered, remember } from '../../kernel/remembered.ts';
import { randomToken } from '../../kernel/sealing.ts';
import { announce, type WakeUps } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import { DEFAULT_WORKSPACE } from '../workspaces/index.ts';
import type { Linked, LinkTokens } from './link-tokens.ts';

/** A device that showed its key. */
export interface RunnerIdentity {
  readonly deviceId: number;
  readonly hostName: string;
}

/** What a runner says of itself when it registers and at each start. */
export interface DeviceFacts {
  readonly hostName: string;
  readonly fullyQualifiedHostName?: string;
  readonly os: string;
  readonly agentVersion: string;
  readonly capacity: number;
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** How long a runner may be silent before its device counts as disconnected. */
export const DEVICE_LEASE_SECONDS = 30;
/** How long a registration token may wait to be used. */
const TOKEN_MINUTES = 60;

/** The lease whose life is the device's being connected. */
export const deviceLease = (deviceId: number): string => `device:${deviceId}`;

/**
 * Registration and presence of runners. A runner registers once with a one-time token and keeps the key it gets; the
 * database holds only hashes. While it runs it has one session, whose id is the holder of all its leases.
 */
export function createRunners(
  database: Database,
  wakeUps: WakeUps,
  linkTokens: Pick<LinkTokens, 'isOne' | 'use'>,
  onLinked: (tx: Transaction, deviceId: number, linked: Linked) => Promise<void>,
) {
  const byKey: Remembered<RunnerIdentity | undefined> = remember(wakeUps, 'device-changed', (hash) =>
    database.first(
      sql<RunnerIdentity>`select id as "deviceId", host_name as "hostName" from device where key_hash = ${Buffer.from(hash, 'hex')}`,
    ),
  );

  const living: Remembered<boolean> = remember(wakeUps, 'session-over', async (holder) => {
    const lease = await database.first(
      sql`select 1 from lease where starts_with(subject, 'device:') and holder = ${holder}`,
    );
    return lease !== undefined;
  });

  return {
    /** A token for one registration. It is shown this once. */
    async issueToken(caller: Caller): Promise<{ token: string; expiresOn: Temporal.Instant }> {
      const token = `sbreg_${randomToken()}`;
      return database.transaction(async (tx) => {
        const row = await tx.first(
          sql<{
            id: number;
            expires_on: Temporal.Instant;
          }>`insert into runner_registration_token (hash, created_by, expires_on)
            values (${hashOf(token)}, ${caller.userId}, present() + make_interval(mins => ${TOKEN_MINUTES})) returning id, expires_on`,
        );
        if (!row) throw new Error('The registration token was not inserted.');
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'device.issueToken',
          subject: { type: 'registrationToken', id: row.id },
        });
        return { token, expiresOn: row.expires_on };
      });
    },

    /**
     * By a one-time token the device lands in the workspace of Automation Anywhere's wire; by a link token in that token's, and in its group.
     * @throws unauthenticated when the token is unknown, used or too old
     */
    async register(token: string, facts: DeviceFacts): Promise<{ deviceId: number; key: string }> {
      const key = `sbrun_${randomToken()}`;
      return database.transaction(async (tx) => {
        const linked = linkTokens.isOne(token) ? await linkTokens.use(tx, token) : undefined;
        const used = linked ? undefined : await useToken(tx, token);
        const createdBy = linked?.createdBy ?? used?.createdBy;
        if (createdBy === undefined)
          throw error('unauthenticated', 'The registration token is unknown, used or too old.');
        const device = await tx.first(
          sql<{
            id: number;
          }>`insert into device (host_name, fully_qualified_host_name, os, bot_agent_version, capacity, capabilities, key_hash, workspace_id, created_by, updated_by)
            values (${facts.hostName}, ${facts.fullyQualifiedHostName ?? '-'}, ${facts.os}, ${facts.agentVersion}, ${facts.capacity},
                    ${JSON.stringify(facts.capabilities)}, ${hashOf(key)}, ${linked?.workspaceId ?? DEFAULT_WORKSPACE}, ${createdBy}, ${createdBy}) returning id`,
        );
        if (!device) throw new Error('The device was not inserted.');
        if (used)
          await tx.all(sql`update runner_registration_token set device_id = ${device.id} where id = ${used.id}`);
        await recordAudit(tx, {
          actor: { type: 'device', id: device.id, name: facts.hostName },
          action: 'device.register',
          subject: { type: 'device', id: device.id, name: facts.hostName },
        });
        if (linked) await onLinked(tx, device.id, linked);
        return { deviceId: device.id, key };
      });
    },

    /** @throws unauthenticated */
    async authenticateRunner(key: string): Promise<RunnerIdentity> {
      const runner = key.startsWith('sbrun_') ? await byKey.get(hashOf(key).toString('hex')) : undefined;
      if (!runner) throw error('unauthenticated', 'This is not the key of a registered device.');
      return runner;
    },

    /** The runner process has started: older sessions of the device are over. Answers their holders, whose work goes back. */
    async openSession(runner: RunnerIdentity, facts: DeviceFacts): Promise<{ sessionId: string; replaced: string[] }> {
      const sessionId = randomUUID();
      return database.transaction(async (tx) => {
        const replaced = await tx.all(
          sql<{
            holder: string;
          }>`select distinct holder from lease where starts_with(holder, ${holderPrefix(runner.deviceId)})`,
        );
        await tx.all(sql`update device set host_name = ${facts.hostName}, os = ${facts.os}, bot_agent_version = ${facts.agentVersion},
            capacity = ${facts.capacity}, capabilities = ${JSON.stringify(facts.capabilities)}, updated_on = present()
          where id = ${runner.deviceId}`);
        await tx.all(sql`delete from lease where subject = ${deviceLease(runner.deviceId)}`);
        for (const { holder } of replaced) await announce(tx, 'session-over', holder);
        await takeLease(tx, deviceLease(runner.deviceId), holderOf(runner.deviceId, sessionId), DEVICE_LEASE_SECONDS);
        await recordAudit(tx, {
          actor: { type: 'device', id: runner.deviceId, name: facts.hostName },
          action: 'device.connect',
          subject: { type: 'device', id: runner.deviceId, name: facts.hostName },
        });
        await announce(tx, 'fleet-changed', runner.deviceId);
        return { sessionId, replaced: replaced.map(({ holder }) => holder) };
      });
    },

    /** Extends everything the session answers for. False when the session is over: another took its place, or it slept too long. */
    async heartbeat(runner: RunnerIdentity, sessionId: string): Promise<boolean> {
      const holder = holderOf(runner.deviceId, sessionId);
      const leases = await extendLeases(database, holder);
      return leases.some(({ subject }) => subject === deviceLease(runner.deviceId));
    },

    async closeSession(runner: RunnerIdentity, sessionId: string): Promise<void> {
      await database.transaction(async (tx) => {
        await releaseLeases(tx, holderOf(runner.deviceId, sessionId));
        await announce(tx, 'session-over', holderOf(runner.deviceId, sessionId));
        await recordAudit(tx, {
          actor: { type: 'device', id: runner.deviceId, name: runner.hostName },
          action: 'device.disconnect',
          subject: { type: 'device', id: runner.deviceId, name: runner.hostName },
        });
        await announce(tx, 'fleet-changed', runner.deviceId);
      });
    },

    /** Whether this is the device's living session. Asked for at every poll, and so kept until it is over. */
    isLive: (runner: RunnerIdentity, sessionId: string): Promise<boolean> =>
      living.get(holderOf(runner.deviceId, sessionId)),
  };
}

function useToken(tx: Transaction, token: string): Promise<{ id: number; createdBy: number } | undefined> {
  return tx.first(
    sql<{ id: number; createdBy: number }>`update runner_registration_token set used_on = present()
      where hash = ${hashOf(token)} and used_on is null and expires_on > present() returning id, created_by as "createdBy"`,
  );
}

/** Who holds the leases of a runner's session. */
export function holderOf(deviceId: number, sessionId: string): string {
  return `${holderPrefix(deviceId)}${sessionId}`;
}

/** How the holders of all sessions of a device begin. */
export function holderPrefix(deviceId: number): string {
  return `device:${deviceId}:`;
}

/** Keys are 256 random bits: one hash without salt is enough, and can be looked up. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
