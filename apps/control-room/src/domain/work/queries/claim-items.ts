import type { HotStatement } from '../../../kernel/database/index.ts';

/**
 * Takes up to $2 items of queue $1, in processing order, for all claims of a batch: the n-th item goes to claim
 * number $9[n] of the arrays $3…$8 (holder, lease seconds, device, run-as user, automation, place of its first item).
 * Claims that get an item take or extend their holder's lease in the same statement; the others write nothing.
 *
 * Reads only the partial index over waiting items, so its cost does not depend on how many are finished. `unnest` of a
 * computed array counts as ten rows to the planner, whatever the statistics say, so the items are always looked up by
 * their key; a join that follows an estimate may read the whole table.
 *
 * Measured, 1,000 items for 64 runners, one connection: 15 ms. It was 30 ms with array_position() in each column (it
 * searches the array anew for every item) and present() in each row, after 64 statements of their own for the leases
 * (7 ms) in a transaction. More in docs/benchmarks.md.
 */
export const CLAIM_ITEMS: HotStatement = {
  name: 'work.claim-items',
  text: `
    with moment as materialized (
      select present() as now
    ), picked as materialized (
      select array_agg(id) as ids, count(*) as found from (
        select id from work_item
        where queue_id = $1 and status = 'NEW'
        order by processing_key, position
        limit $2 for update skip locked
      ) waiting
    ), leased as (
      insert into lease (subject, holder, length, expires_on)
      select 'queue:' || $1::bigint, c.holder, make_interval(secs => max(c.seconds)), min(m.now) + make_interval(secs => max(c.seconds))
      from unnest($3::text[], $4::float8[], $8::int[]) as c (holder, seconds, first), picked p, moment m
      where c.first <= p.found
      -- In one order, so that two replicas that extend the same leases cannot wait for each other.
      group by c.holder order by c.holder
      on conflict (subject, holder) do update set length = excluded.length, expires_on = excluded.expires_on
      returning id, holder
    ), granted as materialized (
      select array_agg(coalesce(l.id, 0) order by c.n) as lease_ids
      from unnest($3::text[]) with ordinality as c (holder, n) left join leased l on l.holder = c.holder
    ), taken as (
      update work_item w set
        status = 'READY_TO_RUN', version = w.version + 1, claim_version = w.version + 1, attempts = w.attempts + 1,
        lease_id = g.lease_ids[i.claim], device_id = ($5::bigint[])[i.claim],
        device_user_id = ($6::bigint[])[i.claim], automation_id = ($7::bigint[])[i.claim],
        start_time = null, end_time = null, error = null, updated_by = 0, updated_on = m.now
      from granted g, moment m, (
        select u.id, u.n, ($9::int[])[u.n] as claim from picked p, unnest(p.ids) with ordinality as u (id, n)
      ) i
      where w.id = i.id
      returning w.id, w.version, w.attempts, w.device_id, i.n
    ), audited as (
      insert into audit_entry (occurred_on, actor_type, actor_id, actor_name, action, subject_type, subject_id, details)
      select m.now, 'device', d.device_id, '', 'workItem.claim', 'queue', $1::bigint::text, jsonb_build_object('items', d.items)
      from (select device_id, jsonb_agg(id order by n) as items from taken group by 1) d, moment m
    )
    select t.id, t.version, t.attempts, p.json from taken t join work_item_payload p on p.work_item_id = t.id order by t.n`,
};
