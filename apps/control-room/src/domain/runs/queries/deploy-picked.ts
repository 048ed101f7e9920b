/**
 * The end of every statement that gives runs to a device: those `picked` are under the lease of the session from now on, and
 * `taken` has their rows. The device is $1, its session $2; `moment` is there.
 *
 * @param seconds the parameter with the length of the lease: `$4`
 */
export function deployPicked(seconds: string): string {
  return `leased as (
      insert into lease (subject, holder, length, expires_on)
      select 'runs', $2, make_interval(secs => ${seconds}::float8), m.now + make_interval(secs => ${seconds}::float8) from moment m
      where exists (select from picked)
      on conflict (subject, holder) do update set length = excluded.length, expires_on = excluded.expires_on
      returning id
    ), taken as (
      update run r set status = 'DEPLOYED', version = r.version + 1, device_id = $1, lease_id = l.id, command = null, command_told = false,
        deployed_on = m.now, modified_by = 0, modified_on = m.now
      from picked p, leased l, moment m where r.id = p.id
      returning r.*
    )`;
}

/** How many more runs the session has room for; `d` is the device. */
export const FREE_SLOTS = `greatest(0, d.capacity - (
        select count(*) from run h join lease l on l.id = h.lease_id where h.device_id = d.id and l.holder = $2
      ))::int`;
