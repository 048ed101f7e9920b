import type { ControlRoom } from '../control-room.ts';

/* Rows as a year of work leaves them behind, put in by SQL: what is measured is looking at them. */

/** One in a hundred failed, one in five hundred waits for somebody. */
export async function makeItems(room: ControlRoom, count: number): Promise<void> {
  await room.query(
    `with made as (
       insert into work_item (id, position, queue_id, status, version, attempts, device_id, device_user_id, automation_id, result,
                              start_time, end_time, created_by, created_on, updated_by, updated_on)
       select id, id, $1, (case when n % 100 = 0 then 'FAILED' when n % 500 = 7 then 'DATA_ERROR' else 'COMPLETED' end)::item_status,
              2, 1, 1 + n % 64, 1, 1, '', at, at + interval '3 s', 1, at - interval '1 h', 0, at + interval '3 s'
       from (select n, nextval('work_item_id') as id, now() - make_interval(secs => ($2 - n) * (31536000.0 / $2)) as at
               from generate_series(1, $2::int) n) t
       returning id)
     insert into work_item_payload (work_item_id, json)
     select id, json_build_object('number', 'INV-' || id, 'amount', id % 10000, 'due', '2026-01-31', 'supplier', 'Supplier ' || id % 500)
     from made`,
    [room.queueId, count],
  );
}

/** Of 64 devices, 100 users, 500 bots; two runs a deployment; one in fifty failed. */
export async function makeRuns(room: ControlRoom, count: number): Promise<void> {
  await room.query(
    `insert into run (id, kind, status, deployment_id, automation_name, file_id, file_path, user_id, created_by, device_id,
       created_on, started_on, ended_on, version)
     select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
               || '8' || lpad(to_hex(n), 15, '0'))::uuid,
       'UNATTENDED', case when n % 50 = 0 then 'RUN_FAILED' else 'COMPLETED' end,
       ('00000000-0000-7000-8000-' || lpad((n / 2)::text, 12, '0'))::uuid, 'Bot ' || n % 500 || '.' || n || '.bot.ops',
       101 + n % 500, 'Automation Anywhere\\Bots\\Bot ' || n % 500, 1 + n % 100, 1 + n % 7, 1 + n % 64,
       at, at + interval '1 s', at + interval '20 s', 3
     from (select n, now() - make_interval(secs => ($1 - n) * (31536000.0 / $1)) as at from generate_series(1, $1::int) n) t`,
    [count],
  );
}

/** Of 200 users, twenty kinds of activity, one in a hundred unsuccessful; each in the partition of its month. */
export async function makeAuditLog(room: ControlRoom, count: number): Promise<void> {
  await room.query(
    `do $$ declare m timestamptz; begin
       for m in select generate_series(date_trunc('month', now() - interval '1 year', 'UTC'), date_trunc('month', now() - interval '1 month', 'UTC'), interval '1 month') loop
         execute format('create table if not exists audit_entry_%s partition of audit_entry for values from (%L) to (%L)',
           to_char(m, 'YYYY_MM'), m, m + interval '1 month');
       end loop;
     end $$`,
  );
  const actions = [
    'session.logIn',
    'session.logOut',
    'queue.create',
    'queue.update',
    'queue.delete',
    'workItem.add',
    'workItem.update',
    'user.create',
    'user.update',
    'user.delete',
    'role.update',
    'repository.putContent',
    'repository.checkIn',
    'bot.deploy',
    'device.connect',
    'device.disconnect',
    'pool.update',
    'credential.create',
    'locker.update',
    'schedule.create',
  ];
  const step = 1_000_000;
  for (let done = 0; done < count; done += step) {
    await room.query(
      `insert into audit_entry (occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, subject_name, outcome,
         details, request_id, remote_address, transaction_id)
       select now() - make_interval(secs => ($1::float8 - n) * (31536000.0 / $1::float8)), 'user', 1 + n % 200, 'user' || 1 + n % 200, ($4::text[])[1 + n % 20], 'queue', (n % 1000)::text,
         'Queue ' || n % 1000, case when n % 100 = 0 then 'UNSUCCESSFUL' else 'SUCCESSFUL' end, '{"count": 1}', 'req-' || n, '10.0.0.1',
         -- Of a transaction that is never over: sealing ten million rows at once is not what is measured.
         '9000000000000000000'::xid8
       from generate_series($2::bigint, $3::bigint) n`,
      [count, done + 1, Math.min(count, done + step), actions],
    );
  }
}
