import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { automationAnywhereWire } from './api/automation-anywhere/index.ts';
import { runnerWire } from './api/runner/wire.ts';
import { createServer, mount } from './api/server.ts';
import { documentation } from './api/signalbox/documentation.ts';
import { signalboxWire } from './api/signalbox/wire.ts';
import { startDuties } from './domain/duties.ts';
import { createIdentity, SYSTEM } from './domain/identity/index.ts';
import { createDomain, type Domain } from './domain/index.ts';
import type { Configuration } from './kernel/configuration.ts';
import { migrate, openDatabase } from './kernel/database/index.ts';
import { startEmbeddedPostgres } from './kernel/embedded-postgres/index.ts';
import { error } from './kernel/errors.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Logger } from './kernel/log.ts';
import { createMetrics } from './kernel/metrics.ts';
import { createSealer, deriveKey, loadRootKey } from './kernel/sealing.ts';
import { createShutdown, type Shutdown } from './kernel/shutdown.ts';
import { listenForWakeUps } from './kernel/wake-ups.ts';

/** A running server. */
export interface ControlRoom {
  /** Where it really listens. */
  readonly url: string;
  readonly domain: Domain;
  readonly kernel: Kernel;
  readonly app: FastifyInstance;
  readonly shutdown: Shutdown;
  /** For a runner that is started together with the server. */
  issueRunnerToken(): Promise<{ token: string }>;
  /** The administrator's password, when this start made it. */
  readonly madeAdminPassword: string | undefined;
  /** For whoever wants to look: never needed by a client. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/** Builds the whole object graph by hand, kernel → domain → api, and listens. What was built is taken down in reverse. */
export async function startControlRoom(configuration: Configuration, log: Logger): Promise<ControlRoom> {
  const shutdown = createShutdown(log);
  try {
    return await compose(configuration, log, shutdown);
  } catch (cause) {
    await shutdown.run('the start failed');
    throw cause;
  }
}

async function compose(configuration: Configuration, log: Logger, shutdown: Shutdown): Promise<ControlRoom> {
  const rootKey = await loadRootKey(configuration.dataDir);
  const databaseUrl = await reachDatabase(configuration, log, shutdown);
  const database = openDatabase({ connectionString: databaseUrl });
  shutdown.onShutdown('close', 'database pool', () => database.close());
  const migrations = await migrate(database);
  if (migrations.length > 0) log.info({ migrations }, 'The schema is up to date.');

  const wakeUps = await listenForWakeUps(database, (message) => log.warn(message));
  shutdown.onShutdown('close', 'wake-ups', () => wakeUps.close());
  const metrics = createMetrics();
  const kernel: Kernel = {
    database,
    wakeUps,
    log,
    metrics,
    sealer: createSealer(rootKey),
    fingerprintKey: deriveKey(rootKey, 'idempotency fingerprints'),
    groupCommit: configuration.database.groupCommit,
  };

  const tenant = await database.first(
    sql<{ value: string }>`select value #>> '{}' as value from installation where key = 'tenantUuid'`,
  );
  const tenantUuid = tenant?.value ?? '';
  const identity = await createIdentity(kernel, {
    ...configuration.identity,
    tenantUuid,
    dataDir: configuration.dataDir,
  });
  const domain = createDomain(kernel, identity, tenantUuid);
  await domain.repository.entries.prepare();
  const duties = startDuties(kernel, domain);

  const wires = [
    automationAnywhereWire,
    runnerWire,
    signalboxWire({
      ready: async () => {
        if (shutdown.begun.aborted) throw error('unavailable', 'The server is shutting down.', { retryAfter: 5 });
        await database.first(sql`select 1`);
      },
      metrics: () => metrics.render(),
    }),
  ];
  const app = await createServer({ domain, wires, log, metrics, maxUploadBytes: configuration.http.maxUploadBytes });
  await documentation(app, configuration.http.publicUrl);
  for (const wire of wires) for (const operation of wire.operations) mount(app, wire, operation, domain);
  await app.listen({ port: configuration.http.port, host: configuration.http.host });

  shutdown.onShutdown('stop accepting', 'http', async () => {
    // Waiting runners are answered at once, so that closing need not wait for them.
    domain.runs.dispatch.release();
    await app.close();
  });
  shutdown.onShutdown('drain', 'writes', () => Promise.all([domain.work.adding.drain(), domain.work.claims.drain()]));
  shutdown.onShutdown('hand back leases', 'duties', () => duties.stop());

  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://${configuration.http.host.includes(':') ? `[${configuration.http.host}]` : configuration.http.host}:${port}`,
    domain,
    kernel,
    app,
    shutdown,
    issueRunnerToken: () => domain.fleet.runners.issueToken(SYSTEM),
    madeAdminPassword: identity.madeAdminPassword,
    databaseUrl,
    stop: async () => {
      await shutdown.run('stop was called');
    },
  };
}

async function reachDatabase(configuration: Configuration, log: Logger, shutdown: Shutdown): Promise<string> {
  if (configuration.database.url !== undefined) return configuration.database.url;
  const embedded = await startEmbeddedPostgres({ dataDir: join(configuration.dataDir, 'postgres'), log });
  shutdown.onShutdown('close', 'embedded PostgreSQL', () => embedded.stop(), { timeLimitMs: 30_000 });
  return embedded.connectionString;
}
