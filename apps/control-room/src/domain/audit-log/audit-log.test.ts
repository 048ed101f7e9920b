import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, type Verdict, type VerifyOptions, verifyExport } from '@signalbox/audit-trail';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestKernel } from '../../../test-support/kernel.ts';
import { recordAudit } from '../audit/index.ts';
import { SYSTEM } from '../identity/index.ts';
import { createOutbox } from '../outbox/index.ts';
import { type AuditLogOptions, actionOf, activityTypeOf, createAuditLog } from './index.ts';

let tested: Awaited<ReturnType<typeof createTestKernel>>;
let folder: string;

beforeEach(async () => {
  tested = await createTestKernel();
  folder = await mkdtemp(join(tmpdir(), 'signalbox-audit-'));
});
afterEach(async () => {
  await tested.close();
  await rm(folder, { recursive: true });
});

async function auditLog(options: Partial<AuditLogOptions> = {}) {
  const made = createAuditLog(tested.kernel, createOutbox(tested.kernel, {}), {
    tenantUuid: 't',
    environmentName: () => 'test',
    checkpoints: join(folder, 'checkpoints.ndjson'),
    retentionMonths: undefined,
    ...options,
  });
  await made.sealer.prepare();
  await made.partitions.prepare();
  return made;
}
type Log = Awaited<ReturnType<typeof auditLog>>;

const write = (name: string) =>
  tested.kernel.database.transaction((tx) =>
    recordAudit(tx, {
      actor: { type: 'user', id: 7, name: 'clerk' },
      action: 'queue.create',
      subject: { type: 'queue', id: 1, name },
      details: { name, 'awkward "\u2028\\': null },
    }),
  );

/**
 * Transactions of the other tests count as well, for the cluster is one: waits until none is open that began before the
 * last row, so that one stretch is one seal.
 */
async function seal(log: Log): Promise<void> {
  await vi.waitFor(
    async () => {
      const row = await tested.kernel.database.first(sql<{ over: boolean }>`select
        pg_snapshot_xmin(pg_current_snapshot()) > coalesce((select max(transaction_id) from audit_entry
          where id > (select max(after_id) from audit_epoch)), '0') as over`);
      expect(row?.over).toBe(true);
    },
    { timeout: 20_000 },
  );
  await log.sealer.sweep();
  await log.shipping.sweep();
}

async function exported(log: Log, range = {}): Promise<string[]> {
  let text = '';
  for await (const chunk of await log.export.open(SYSTEM, range)) text += chunk;
  return text.trimEnd().split('\n');
}

const verify = (lines: readonly string[], options?: VerifyOptions): Promise<Verdict> =>
  verifyExport(
    (async function* () {
      yield* lines;
    })(),
    options,
  );

const checkpoints = async (): Promise<Checkpoint[]> =>
  (await readFile(join(folder, 'checkpoints.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Checkpoint);

describe('the sealed log', () => {
  it('holds when nobody touched it, seal after seal', async () => {
    const log = await auditLog();
    for (const round of ['a', 'b', 'c']) {
      for (let i = 0; i < 5; i++) await write(`${round}${i}`);
      await seal(log);
    }
    const verdict = await verify(await exported(log), { checkpoints: await checkpoints() });
    expect(verdict).toMatchObject({ findings: [], rows: 15, seals: 3, firstSeal: 1, fromTheBeginning: true });
  });

  it.each([
    ['a byte of a name', sql`update audit_entry set subject_name = 'B1' where subject_name = 'b1'`, /Seal 2 .*changed/],
    [
      'a time',
      sql`update audit_entry set occurred_on = occurred_on + interval '1 microsecond' where subject_name = 'b1'`,
      /Seal 2 .*changed/,
    ],
    ['the details', sql`update audit_entry set details = '{}' where subject_name = 'a0'`, /Seal 1 .*changed/],
    ['a row less', sql`delete from audit_entry where subject_name = 'b2'`, /Seal 2 .*covers 5 rows; 4 came/],
    [
      'a row more',
      sql`insert into audit_entry (actor_type, actor_id, actor_name, action, subject_type, subject_id, transaction_id)
      select 'user', 1, 'x', 'x', 'x', 'x', transaction_id from audit_entry where subject_name = 'b1'`,
      /Seal 2 .*covers 5 rows; 6 came/,
    ],
    ['a seal less', sql`delete from audit_seal where number = 2`, /After seal 1 comes 3/],
    [
      'a seal that was adapted',
      sql`update audit_seal set rows_hash = repeat('0', 64) where number = 2`,
      /Seal 2 .*changed/,
    ],
    ['the last seal less', sql`delete from audit_seal where number = 3`, /kept up to seal 3; .* tail is missing/],
  ])('reveals %s', async (_what, attack, finding) => {
    const log = await auditLog();
    for (const round of ['a', 'b', 'c']) {
      for (let i = 0; i < 5; i++) await write(`${round}${i}`);
      await seal(log);
    }
    await tested.kernel.database.all(attack);
    const { findings } = await verify(await exported(log), { checkpoints: await checkpoints() });
    expect(findings.map(({ message }) => message).join('\n')).toMatch(finding);
  });

  it('reveals a tail that was cut off and sealed anew by whoever has the key', async () => {
    const log = await auditLog();
    await write('a');
    await seal(log);
    await write('b');
    await seal(log);
    const kept = await checkpoints();
    await tested.kernel.database.all(sql`delete from audit_entry where subject_name = 'b'`);
    await tested.kernel.database.all(sql`delete from audit_seal where number = 2`);
    await write('c');
    await seal(log);
    const lines = await exported(log);
    expect((await verify(lines)).findings).toEqual([]);
    expect((await verify(lines, { checkpoints: kept })).findings[0]?.message).toMatch(
      /another one than the checkpoint/,
    );
  });

  it('reveals an export that was changed, cut, or signed by somebody else', async () => {
    const log = await auditLog();
    await write('a');
    await write('b');
    await seal(log);
    const lines = await exported(log);
    const messages = async (changed: readonly string[], options?: VerifyOptions) =>
      (await verify(changed, options)).findings.map(({ message }) => message).join('\n');
    expect(await messages(lines.slice(0, -1))).toMatch(/no end/);
    expect(await messages(lines.toSpliced(1, 1))).toMatch(/covers 2 rows; 1 came/);
    expect(await messages(lines.toSpliced(1, 2, lines[2] ?? '', lines[1] ?? ''))).toMatch(/out of order/);
    expect(await messages(lines, { trustedKeyIds: ['other'] })).toMatch(/not one of those trusted/);
    const forged = lines.map((line) => line.replace(/"signature":"[^"]{10}/, '"signature":"AAAAAAAAAA'));
    expect(await messages(forged)).toMatch(/signature/i);
  });

  it('waits for transactions that are open: a row that is committed late is under a later seal', async () => {
    const log = await auditLog();
    const open = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = tested.kernel.database.transaction(async (tx) => {
      await recordAudit(tx, {
        actor: { type: 'user', id: 1, name: 'slow' },
        action: 'a.b',
        subject: { type: 't', id: 1 },
      });
      written.resolve();
      await open.promise;
    });
    await written.promise;
    await write('quick');
    await log.sealer.sweep();
    open.resolve();
    await slow;
    await seal(log);
    const verdict = await verify(await exported(log));
    expect(verdict).toMatchObject({ findings: [], rows: 2 });
  });

  it('is sealed once by two servers at the same time', async () => {
    const [one, two] = [await auditLog(), await auditLog()];
    for (let i = 0; i < 20; i++) {
      await write(String(i));
      await Promise.all([seal(one), seal(two)]);
    }
    await seal(one);
    expect(await verify(await exported(two))).toMatchObject({ findings: [], rows: 20, fromTheBeginning: true });
  });

  it('goes on after it was restored into another cluster, where transactions are counted anew', async () => {
    const log = await auditLog();
    await write('before');
    await seal(log);
    await write('in the dump, not sealed');
    // What a restored dump looks like: the old cluster's name, and numbers of transactions that mean nothing here.
    const { database } = tested.kernel;
    await database.all(sql`alter table audit_seal drop constraint audit_seal_cluster_fkey`);
    await database.all(sql`update audit_epoch set cluster = 'other'`);
    await database.all(sql`update audit_seal set cluster = 'other', to_transaction = '900000000'`);
    await database.all(
      sql`update audit_entry set transaction_id = case when subject_name = 'before' then '899999999'::xid8 else '900000001'::xid8 end`,
    );
    await database.all(sql`update audit_seal set from_transaction = '899999999'`);
    const restored = await auditLog();
    await write('after');
    await seal(restored);
    const lines = await exported(restored);
    expect(await verify(lines)).toMatchObject({ findings: [], rows: 3, seals: 3, fromTheBeginning: true });
  });
});

describe('the months of the log', () => {
  const partitions = async () =>
    (
      await tested.kernel.database.all(
        sql<{
          name: string;
          rows: number;
        }>`select tableoid::regclass::text as name, count(*) as rows from audit_entry group by 1 order by 1`,
      )
    ).map(({ name, rows }) => [name.replace(/\d{4}_\d{2}/, 'MONTH'), rows]);

  it('take what came before they were made', async () => {
    const log = await auditLog();
    await tested.database.advance({ days: 200 });
    await write('far ahead');
    expect(await partitions()).toEqual([['audit_entry_other', 1]]);
    await log.partitions.prepare();
    expect(await partitions()).toEqual([['audit_entry_MONTH', 1]]);
    await seal(log);
    expect((await verify(await exported(log))).findings).toEqual([]);
  });

  it('are made later while somebody reads for long, as a dump does: no start fails, nothing that is written waits', async () => {
    const log = await auditLog();
    await tested.database.advance({ days: 200 });
    const reader = await tested.kernel.database.connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from audit_entry');
      await log.partitions.prepare();
      await write('meanwhile');
      await reader.query('commit');
    } finally {
      reader.release();
    }
    expect(await partitions()).toEqual([['audit_entry_other', 1]]);
    await log.partitions.prepare();
    expect(await partitions()).toEqual([['audit_entry_MONTH', 1]]);
  });

  it('are dropped when they are too old and sealed, and the rest still holds', async () => {
    const log = await auditLog({ retentionMonths: 1 });
    await write('old');
    await tested.database.advance({ days: 92 });
    expect(await log.partitions.forget()).toEqual([]);
    await seal(log);
    await write('new');
    await log.partitions.prepare();
    await seal(log);
    expect((await log.partitions.forget()).length).toBeGreaterThan(0);
    await seal(log);
    const names = await tested.kernel.database.all(
      sql<{ action: string; name: string }>`select action, subject_name as name from audit_entry order by id`,
    );
    expect(names[0]).toEqual({ action: 'queue.create', name: 'new' });
    expect(new Set(names.slice(1).map(({ action }) => action))).toEqual(new Set(['auditLog.dropMonth']));
    expect(await verify(await exported(log))).toMatchObject({ findings: [], fromTheBeginning: false, firstSeal: 2 });
  });
});

describe('the codes', () => {
  it.each([
    'session.logIn',
    'queue.create',
    'queue.member.put',
    'workItem.add',
    'repository.checkIn',
    'apiKey.create',
    'bot.deploy',
    'credentialValue.consume',
    'odd',
  ])('of %s are the same in the database and in the documents', async (action) => {
    const row = await tested.kernel.database.first(
      sql<{ code: string }>`select audit_activity_type(${action}) as code`,
    );
    expect(row?.code).toBe(activityTypeOf(action));
  });

  it('of operations are those of what they do', () => {
    expect(['createQueue', 'logIn', 'deployBotV3', 'rotateVaultKey'].map(actionOf).map(activityTypeOf)).toEqual([
      'CREATE_QUEUE',
      'LOGIN',
      'RUN_BOT',
      'ROTATE_VAULT',
    ]);
  });
});
