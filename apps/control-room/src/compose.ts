import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { createServer, mount } from './api/server.ts';
import { documentation } from './api/signalbox/documentation.ts';
import { allWires } from './api/wires.ts';
import { startDuties } from './domain/duties.ts';
import { createIdentity, SYSTEM } from './domain/identity/index.ts';
import { createDomain, type Domain } from './domain/index.ts';
import type { Configuration } from './kernel/configuration.ts';
import { type Database, migrate, openDatabase, untilAnswers } from './kernel/database/index.ts';
import { startEmbeddedPostgres } from './kernel/embedded-postgres/index.ts';
import { error } from './kernel/errors.ts';
import type { Kernel } from './kernel/kernel.ts';
import { createTransitKeyService } from './kernel/key-service.ts';
import type { Logger } from './kernel/log.ts';
import { createMetrics } from './kernel/metrics.ts';
import { createSealer, deriveKey, loadRootKey, type RootKey } from './kernel/sealing.ts';
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
  await untilAnswers(() => database.first(sql`select 1`), log);
  const migrations = await migrate(database);
  if (migrations.length > 0) log.info({ migrations }, 'The schema is up to date.');

  await requireRootKey(database, rootKey);
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
  const whereCalled: { app?: FastifyInstance } = {};
  const publicUrlNow = () =>
    whereCalled.app === undefined ? configuration.http.publicUrl : publicUrl(configuration, whereCalled.app);
  const domain = createDomain(kernel, identity, {
    tenantUuid,
    publicUrl: publicUrlNow,
    bots: {
      outgoing: {
        allow: configuration.apiTasks.outgoingAllow,
        deny: configuration.apiTasks.outgoingDeny,
        denyEndpoints: await endpointsOf(databaseUrl),
      },
      limits: { memoryMegabytes: configuration.apiTasks.memoryMegabytes },
      dataDir: configuration.dataDir,
      controlRoom: publicUrlNow,
      onTrouble: (message) => log.warn({ problem: message }, 'A thread for bots is in trouble.'),
    },
    vault: {
      rootKey: { id: rootKey.id, secret: deriveKey(rootKey, 'vault') },
      keyService: configuration.vault.keyService && createTransitKeyService(configuration.vault.keyService),
    },
    transferKey: deriveKey(rootKey, 'transfers'),
    auditLog: configuration.auditLog,
    runs: configuration.runs,
    apiTasks: {
      realTime: { timeLimitSeconds: configuration.apiTasks.timeLimitSeconds },
      onDemand: {
        timeLimitSeconds: configuration.apiTasks.onDemandTimeLimitSeconds,
        slots: configuration.apiTasks.onDemandSlots,
      },
    },
  });
  // While the database is there: what is stopped is recorded.
  shutdown.onShutdown('drain', 'API Tasks', () => domain.apiTasks.close());
  shutdown.onShutdown('drain', 'uses of keys', () => domain.workspaces.keys.close());
  shutdown.onShutdown('drain', 'vault', () => domain.vault.rotation.drain());
  await domain.repository.entries.prepare();
  await domain.auditLog.sealer.prepare();
  await domain.auditLog.partitions.prepare();
  const duties = startDuties(kernel, domain);
  shutdown.onShutdown('hand back leases', 'duties', () => duties.stop());

  const wires = allWires({
    ready: async () => {
      if (shutdown.begun.aborted) throw error('unavailable', 'The server is shutting down.', { retryAfter: 5 });
      await database.first(sql`select 1`);
    },
    metrics: () => metrics.render(),
  });
  const app = await createServer({ domain, wires, log, metrics, maxUploadBytes: configuration.http.maxUploadBytes });
  whereCalled.app = app;
  await documentation(app, publicUrlNow);
  for (const wire of wires) for (const operation of wire.operations) mount(app, wire, operation, domain);
  await listen(app, configuration);
  await domain.apiTasks.start();
  domain.outbox.delivery.start();
  domain.lifecycle.worker.start();
  shutdown.onShutdown('drain', 'exports and imports', () => domain.lifecycle.worker.stop());
  domain.processes.lookOut.start();
  shutdown.onShutdown('drain', 'processes', () => domain.processes.lookOut.stop());
  domain.schedules.lookOut.start();
  shutdown.onShutdown('drain', 'schedules', () => domain.schedules.lookOut.stop());
  domain.triggers.lookOut.start();
  shutdown.onShutdown('drain', 'triggers', () => domain.triggers.lookOut.stop());
  shutdown.onShutdown('drain', 'outbox', () => domain.outbox.delivery.stop());

  shutdown.onShutdown('stop accepting', 'http', async () => {
    // Waiting runners are answered at once, so that closing need not wait for them.
    domain.runs.dispatch.release();
    domain.lifecycle.jobs.release();
    await app.close();
  });
  shutdown.onShutdown('drain', 'writes', () =>
    Promise.all([domain.work.adding.drain(), domain.work.claims.drain(), domain.work.runItems.drain()]),
  );

  return {
    url: urlOf(configuration, app),
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

async function listen(app: FastifyInstance, { http }: Configuration): Promise<void> {
  await app.listen({ port: http.port, host: http.host }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new Error(`Port ${http.port} is taken by another program. Set PORT to a free one; 0 takes any.`, { cause });
  });
}

/** The database's own addresses: bots may call much, but never this. A socket is no address. */
async function endpointsOf(databaseUrl: string): Promise<{ address: string; port: number }[]> {
  const url = URL.parse(databaseUrl);
  if (url === null || url.hostname === '') return [];
  const port = Number(url.port || 5432);
  const addresses = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return addresses.map(({ address }) => ({ address, port }));
}

/** Where it really listens. */
function urlOf({ http }: Configuration, app: FastifyInstance): string {
  const { port } = app.server.address() as AddressInfo;
  return `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`;
}

/** What clients are told to call; with PORT=0 it is known only now. */
function publicUrl(configuration: Configuration, app: FastifyInstance): string {
  const { port, publicUrl: told } = configuration.http;
  return port === 0 && told.endsWith(':0') ? urlOf(configuration, app) : told;
}

/**
 * Everything sealed in the database opens with the root key of the data folder that made it. A replica with another one
 * would be up and refuse every log-in; it does not start.
 */
async function requireRootKey(database: Database, rootKey: RootKey): Promise<void> {
  const row = await database.first(sql<{ id: string }>`
    with mine as (insert into installation values ('rootKeyId', to_jsonb(${rootKey.id}::text)) on conflict do nothing returning value)
    select coalesce((select value from mine), (select value from installation where key = 'rootKeyId')) #>> '{}' as id`);
  if (row?.id === rootKey.id) return;
  throw new Error(
    `The database was made with the root key ${row?.id}; this data folder has ${rootKey.id}. Copy root.key from the data folder of the first server into this one.`,
  );
}

async function reachDatabase(configuration: Configuration, log: Logger, shutdown: Shutdown): Promise<string> {
  if (configuration.database.url !== undefined) return configuration.database.url;
  const embedded = await startEmbeddedPostgres({ dataDir: join(configuration.dataDir, 'postgres'), log });
  shutdown.onShutdown('close', 'embedded PostgreSQL', () => embedded.stop(), { timeLimitMs: 30_000 });
  return embedded.connectionString;
}
