import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { chooseAccount } from './account.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';
import { ensureCluster, SUPERUSER } from './cluster.ts';
import { chooseEndpoint, type Endpoint, removeEndpoint } from './endpoint.ts';
import { DataFolderInUse, EmbeddedPostgresError } from './errors.ts';
import { findRunning, readLockFile } from './lock-file.ts';
import { type Ownership, takeOwnership } from './ownership.ts';
import {
  type Postmaster,
  type PostmasterPlan,
  spawnPostmaster,
  stopPostmaster,
  wasStartedAlike,
} from './postmaster.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

/** A PostgreSQL of our own, kept running until it is stopped. */
export interface EmbeddedPostgres {
  /** for `pg`: host is a unix socket folder where possible. Stays valid when PostgreSQL is restarted. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** `postgres://…`, for any client that understands libpq's connection strings */
  readonly connectionString: string;
  /** The postmaster's process number now; another after a restart. */
  readonly pid: () => number;
  /** Stops PostgreSQL (fast: open transactions are rolled back) and waits until it is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** this server's alone; made when it is not there */
  readonly dataDir: string;
  readonly log: Logger;
  /** PostgreSQL's own settings, over ours */
  readonly settings?: Readonly<Record<string, string>>;
  /** where the programs are; those of the npm package unless said otherwise */
  readonly binaries?: PostgresBinaries;
  /** the program that makes user namespaces, for root */
  readonly unshare?: string;
}

/** Everything is by itself again after this long without a failure, so the pauses begin anew. */
const HEALTHY_AFTER_MS = 60_000;
const LONGEST_PAUSE_MS = 10_000;
/** One that was started by another and does not answer this long is not waited for. */
const ANSWERS_WITHIN_MS = 60_000;
const DATABASE = 'signalbox';

/**
 * Starts PostgreSQL on the cluster in `dataDir`, making it at the first start, or takes over the one that a killed
 * Signalbox left running. From then on PostgreSQL is started again whenever it dies.
 *
 * @throws DataFolderInUse when another Signalbox lives there
 * @throws EmbeddedPostgresError saying in one sentence what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  // PostgreSQL and the system speak of folders by their real names, and these are compared.
  const dataDir = await realpath(options.dataDir);
  const { log } = options;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const binaries = options.binaries ?? (await findBinaries());
  const account = await chooseAccount(binaries, dataDir, options.unshare);
  const { folder, password } = await ensureCluster(binaries, account, dataDir, settings.fsync !== 'off');
  const logFile = path.join(dataDir, 'postgres.log');
  const plan: PostmasterPlan = { binaries, account, cluster: folder, logFile, settings, log };
  const left = await readLockFile(folder);
  // A living one decides where it listens. Of a dead one the folder is used again, if it is still there.
  const endpoint = (await findRunning(folder))?.endpoint ?? (await chooseEndpoint(account, left?.endpoint));

  const server: Server = { plan, endpoint, password, dataDir, pid: Number.NaN, stopping: new AbortController() };
  const ownership = await settle(server).catch(async (error: unknown) => {
    // What this start has begun must not stay behind; what belongs to another must.
    if (server.child && !(error instanceof DataFolderInUse)) await stopPostmaster(plan, server.child.pid);
    if (!(error instanceof DataFolderInUse) && server.child) await removeEndpoint(endpoint);
    throw error;
  });
  log.info({ pid: server.pid, host: server.endpoint.host, account: account.description }, 'PostgreSQL is running');

  const supervision = supervise(server, ownership);
  const connection = Object.freeze({ ...server.endpoint, user: SUPERUSER, password, database: DATABASE });
  let stopped: Promise<void> | undefined;
  return {
    connection,
    connectionString: connectionStringOf(connection),
    pid: () => server.pid,
    stop: () => {
      stopped ??= stop(server, supervision);
      return stopped;
    },
  };
}

interface Server {
  readonly plan: PostmasterPlan;
  endpoint: Endpoint;
  readonly password: string;
  readonly dataDir: string;
  pid: number;
  readonly stopping: AbortController;
  /** the one begun last by this process */
  child?: Postmaster;
}

/** The first time: running, ours, started with our settings, and with our database in it. */
async function settle(server: Server): Promise<Ownership> {
  const { plan } = server;
  let ownership = await bringUp(server);
  if (!(await wasStartedAlike(plan, server.endpoint))) {
    plan.log.info('PostgreSQL was left running with other settings: restarting it');
    await stopPostmaster(plan, server.pid);
    ownership = await bringUp(server);
  }
  const { rowCount } = await ownership.client.query('select from pg_database where datname = $1', [DATABASE]);
  if (rowCount === 0) await ownership.client.query(`create database ${DATABASE}`);
  return ownership;
}

/**
 * Whatever state the cluster is in, ends with a PostgreSQL that answers and belongs to us: waits for one that starts,
 * recovers or stops, and starts one where none is.
 */
async function bringUp(server: Server): Promise<Ownership> {
  const { plan, password, dataDir } = server;
  let child: Postmaster | undefined;
  const began = Date.now();
  let told = began;
  for (let first = true; ; first = false) {
    if (!first) await pause(15);
    const end = child?.ended();
    const running = await findRunning(plan.cluster);
    // One that was just begun is waited for until it can be told from others, so that it can be stopped.
    if (server.stopping.signal.aborted && (child === undefined || end !== undefined || running !== undefined))
      throw new EmbeddedPostgresError('PostgreSQL is being stopped.');
    if (end !== undefined && running === undefined)
      throw new EmbeddedPostgresError(`PostgreSQL did not start: ${await end}.`);
    if (running) {
      server.pid = running.pid;
      server.endpoint = running.endpoint;
    } else if (child === undefined) {
      child = await spawnPostmaster(plan, server.endpoint);
      server.child = child;
      server.pid = child.pid;
    }
    try {
      return await takeOwnership(server.endpoint, password, dataDir);
    } catch (error) {
      if (error instanceof DataFolderInUse || !isNotYet(error)) throw error;
      if (child === undefined && Date.now() - began > ANSWERS_WITHIN_MS)
        throw new EmbeddedPostgresError(
          `PostgreSQL (process ${server.pid}) runs on ${plan.cluster} and does not answer: end it with kill -INT ${server.pid}.`,
        );
    }
    if (Date.now() - told > LONGEST_PAUSE_MS) {
      told = Date.now();
      plan.log.info(
        { pid: server.pid },
        'still waiting for PostgreSQL; after a crash it first repeats what its log holds',
      );
    }
  }
}

/** The connection that holds our ownership ends when PostgreSQL does: that is how its death is noticed, at once. */
async function supervise(server: Server, first: Ownership): Promise<void> {
  const { plan, stopping } = server;
  const { log } = plan;
  let ownership: Ownership | undefined = first;
  let since = Date.now();
  for (let failures = 0; ; ) {
    if (ownership) await ownership.lost;
    ownership = undefined;
    if (stopping.signal.aborted) return;
    if (Date.now() - since > HEALTHY_AFTER_MS) failures = 0;
    const pauseMs = failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 50 * 2 ** failures);
    log.warn({ pid: server.pid, failures, pauseMs }, 'the connection to PostgreSQL was lost: bringing it up again');
    failures += 1;
    await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    if (stopping.signal.aborted) return;
    try {
      const { endpoint } = server;
      ownership = await bringUp(server);
      since = Date.now();
      log.info({ pid: server.pid }, 'PostgreSQL is running again');
      if (server.endpoint.host !== endpoint.host || server.endpoint.port !== endpoint.port)
        log.fatal(server.endpoint, 'PostgreSQL was started by somebody else and listens elsewhere: restart Signalbox');
    } catch (err) {
      if (stopping.signal.aborted) return;
      if (err instanceof DataFolderInUse) {
        log.fatal({ err }, 'another Signalbox took the data folder: this one cannot go on');
        return;
      }
      log.error({ err }, 'PostgreSQL could not be brought up again');
    }
  }
}

async function stop(server: Server, supervision: Promise<void>): Promise<void> {
  server.stopping.abort();
  const { plan, pid } = server;
  const began = Date.now();
  // The ownership is not given back first: nobody may come in while PostgreSQL writes its last.
  await stopPostmaster(plan, pid);
  await supervision;
  // A restart that was under way may have begun one more.
  await stopPostmaster(plan, server.pid);
  await removeEndpoint(server.endpoint);
  plan.log.info({ milliseconds: Date.now() - began }, 'PostgreSQL is stopped');
}

/** Whether this only says that PostgreSQL does not answer at the moment: not listening, starting up, shutting down. */
function isNotYet(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return /^(ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|57P0[123]|53300)$/.test(code);
  return error instanceof Error && /Connection terminated|not queryable/.test(error.message);
}

function connectionStringOf({ host, port, user, password, database }: EmbeddedPostgres['connection']): string {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  if (!host.startsWith('/')) return `postgres://${credentials}@${host}:${port}/${database}`;
  // Both libpq and pg let `host` overrule what stands before the path; that makes it a URL to everybody else as well.
  return `postgres://${credentials}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}
