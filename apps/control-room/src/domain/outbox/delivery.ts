import { createOutgoingRules, httpCall, type OutgoingOptions } from '@signalbox/actions/network';
import { sql } from 'kysely';
import type { Kernel } from '../../kernel/kernel.ts';
import { countStream } from './counting.ts';
import { pauseAfter } from './pauses.ts';
import { boundTo, type Destination } from './sending.ts';
import { isFinalRefusal, type Signature, signatureHeaders } from './signature.ts';

/** How long a receiver may take; most answer within a second. */
const TIME_LIMIT_MS = 15_000;
/** After this long another server takes a message over: its own was killed while it was at it. */
const TAKEN_SECONDS = 60;
const AT_ONCE = 64;
/** One receiver gets no more of them: who takes his 15 seconds for each lets nobody else wait. */
const AT_ONCE_TO_ONE = 16;
/** As many as one look considers; what lies behind so many of one receiver is seen by the next look, which leaves him out. */
const WINDOW = 256;
const ANSWER_READ_BYTES = 64 * 1024;
/** Somebody looks this often even when nothing is due: a backstop, not the way things get done. */
const AT_LEAST_EVERY_SECONDS = 30;

interface Taken {
  readonly id: number;
  readonly eventId: string;
  /** Whose it is: scheme, host and port. */
  readonly origin: string;
  readonly sealed: string;
  readonly body: string;
  readonly signature: Signature;
  readonly stream: string | null;
  readonly sequence: number | null;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  readonly startedOn: Temporal.Instant;
}

/** Headers that the transport makes itself, or that would let a caller forge ours. */
const OURS = /^(host|content-length|transfer-encoding|connection|webhook-|x-rc-|x-signalbox-)/i;

/**
 * Delivers what the outbox holds, at least once: a message counts as delivered only when its receiver said so with a 2xx,
 * and that is on disk. Several servers share the work; each message has one of them at a time. Whoever is called is judged
 * by the rules for outgoing calls, address by address.
 */
export function createDelivery(
  { database, wakeUps, log, sealer, metrics }: Kernel,
  signingSecret: () => Promise<string>,
  outgoing: OutgoingOptions,
) {
  const rules = createOutgoingRules(outgoing);
  const stopping = new AbortController();
  const underWay = new Map<Promise<void>, Taken>();
  const attempts = metrics.counter('outbox_attempts_total', 'Attempts to deliver a message.', ['outcome']);
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  function lookIn(seconds: number): void {
    clearTimeout(timer);
    if (!stopping.signal.aborted) timer = setTimeout(look, Math.min(seconds, AT_LEAST_EVERY_SECONDS) * 1000);
  }

  /** One look at a time; whoever asks during one gets another after it. */
  function look(): void {
    if (stopping.signal.aborted) return;
    lookAgain = true;
    looking ??= lookUntilDone().finally(() => {
      looking = undefined;
      if (lookAgain) look();
    });
  }

  async function lookUntilDone(): Promise<void> {
    while (lookAgain && !stopping.signal.aborted) {
      lookAgain = false;
      try {
        lookIn(await takeDue());
      } catch (cause) {
        log.warn({ err: cause }, 'The outbox could not be read; the next look comes.');
        lookIn(2);
      }
    }
  }

  /** Answers in how many seconds to look again. */
  async function takeDue(): Promise<number> {
    const room = AT_ONCE - underWay.size;
    // Each delivery that ends looks again.
    if (room <= 0) return AT_LEAST_EVERY_SECONDS;
    for (const message of await counted(await take(room))) {
      const delivering: Promise<void> = deliver(message).finally(() => {
        underWay.delete(delivering);
        look();
      });
      underWay.set(delivering, message);
      // Others may lie behind those of one receiver.
      lookAgain = true;
    }
    const next = await database.first(
      sql<{ seconds: number | null }>`select extract(epoch from min(next_attempt_on) - present())::float8 as seconds
        from outbox_message where status = 'PENDING' and origin <> all(${fullUp()}::text[])`,
    );
    return Math.max(0.05, next?.seconds ?? AT_LEAST_EVERY_SECONDS);
  }

  /** The longest due first, of each receiver as many as he has room for. */
  function take(room: number): Promise<Taken[]> {
    const busy = perOrigin();
    return database.all(
      sql<Taken>`with due as materialized (
          select id, origin, next_attempt_on from outbox_message
          where status = 'PENDING' and next_attempt_on <= present() and origin <> all(${fullUp()}::text[])
          order by next_attempt_on limit ${WINDOW}
        ), fair as materialized (
          select d.id from (select id, origin, next_attempt_on, row_number() over (partition by origin order by next_attempt_on) as place from due) d
          left join unnest(${busy.map(([origin]) => origin)}::text[], ${busy.map(([, count]) => count)}::int[]) as b (origin, count) using (origin)
          where d.place + coalesce(b.count, 0) <= ${AT_ONCE_TO_ONE} order by d.next_attempt_on limit ${room}
        ), held as materialized (
          select id from outbox_message where id in (select id from fair) and status = 'PENDING' and next_attempt_on <= present()
          for update skip locked
        )
        update outbox_message m set attempts = attempts + 1, next_attempt_on = present() + make_interval(secs => ${TAKEN_SECONDS})
        from held where m.id = held.id
        returning m.id, event_id as "eventId", origin, destination_sealed as sealed, m.body,
          signature, m.stream, m.sequence, attempts as attempt, present() as "startedOn"`,
    );
  }

  /** What is to be counted is so before it is first sent, and keeps its number. */
  async function counted(taken: Taken[]): Promise<Taken[]> {
    const fresh = taken.filter(({ stream, sequence }) => stream !== null && sequence === null);
    if (fresh.length === 0) return taken;
    for (const stream of new Set(fresh.map(({ stream }) => stream))) await countStream(database, stream ?? '');
    const rows = await database.all(
      sql<Pick<Taken, 'id' | 'body' | 'sequence'>>`select id, body, sequence from outbox_message
        where id = any(${fresh.map(({ id }) => id)})`,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return taken.map((message) => ({ ...message, ...byId.get(message.id) }));
  }

  /** How many are under way to each receiver. */
  function perOrigin(): [origin: string, count: number][] {
    const groups = Map.groupBy(underWay.values(), ({ origin }) => origin);
    return [...groups].map(([origin, all]) => [origin, all.length]);
  }

  const fullUp = (): string[] => perOrigin().flatMap(([origin, count]) => (count >= AT_ONCE_TO_ONE ? origin : []));

  async function deliver(message: Taken): Promise<void> {
    const { httpStatus, problem } = await attempt(message);
    // The server stops in the middle: whether it arrived nobody knows, and the next one says it again.
    if (stopping.signal.aborted && httpStatus === null) return;
    const delivered = httpStatus !== null && problem === '';
    attempts.inc({ outcome: delivered ? 'delivered' : 'failed' });
    await record(message, { httpStatus, problem, delivered }).catch((cause) => {
      log.warn(
        { err: cause, delivery: message.id },
        'An attempt could not be recorded; the message will be said again.',
      );
    });
  }

  async function attempt(message: Taken): Promise<{ httpStatus: number | null; problem: string }> {
    const { eventId, sealed, signature, sequence } = message;
    try {
      const destination = JSON.parse(sealer.open(sealed, boundTo(eventId)).toString()) as Destination; // We wrote it.
      const body = destination.body ?? message.body;
      const own = Object.entries(destination.headers).filter(([name]) => !OURS.test(name));
      const signed = signatureHeaders(signature, destination.secret ?? (await signingSecret()), {
        eventId,
        url: destination.url,
        seconds: Math.floor(Date.now() / 1000),
        body,
      });
      const place = sequence === null ? [] : [['x-signalbox-sequence', String(sequence)] as const];
      const status = await httpCall(
        {
          method: 'POST',
          url: destination.url,
          headers: [['content-type', 'application/json'], ...own, ...signed, ...place],
          body: Buffer.from(body),
          timeout: TIME_LIMIT_MS,
          most: ANSWER_READ_BYTES,
          secretUrl: true,
          followRedirects: false,
        },
        { signal: stopping.signal, outgoing: rules },
        async (answer) => answer.status,
      );
      return { httpStatus: status, problem: status >= 200 && status < 300 ? '' : `The receiver answered ${status}.` };
    } catch (cause) {
      return { httpStatus: null, problem: (cause instanceof Error ? cause.message : String(cause)).slice(0, 1_000) };
    }
  }

  async function record(
    { id, attempt: number, startedOn, signature }: Taken,
    { httpStatus, problem, delivered }: { httpStatus: number | null; problem: string; delivered: boolean },
  ): Promise<void> {
    const final = delivered || (httpStatus !== null && isFinalRefusal(signature, httpStatus));
    const pause = final ? undefined : pauseAfter(number, Math.random());
    await database.transaction(async (tx) => {
      // After a replay the numbers begin anew; the log keeps the last attempt under each.
      await tx.all(sql`insert into outbox_attempt (message_id, number, started_on, http_status, problem)
        values (${id}, ${number}, ${startedOn}, ${httpStatus}, ${problem})
        on conflict (message_id, number) do update set started_on = excluded.started_on, ended_on = present(),
          http_status = excluded.http_status, problem = excluded.problem`);
      if (delivered) {
        await tx.all(sql`update outbox_message set status = 'DELIVERED', ended_on = present(), next_attempt_on = null
          where id = ${id} and status = 'PENDING'`);
        return;
      }
      // Only while no other server has taken it over.
      await tx.all(
        pause === undefined
          ? sql`update outbox_message set status = 'GIVEN_UP', ended_on = present(), next_attempt_on = null
              where id = ${id} and status = 'PENDING' and attempts = ${number}`
          : sql`update outbox_message set next_attempt_on = present() + make_interval(secs => ${pause})
              where id = ${id} and status = 'PENDING' and attempts = ${number}`,
      );
      if (pause === undefined) log.warn({ delivery: id, problem }, 'A message was not taken and is given up.');
    });
  }

  return {
    start(): void {
      wakeUps.on('outbox', look);
      wakeUps.on('clock', look);
      wakeUps.onGap(() => lookIn(1));
      look();
    },

    /** What is under way is broken off, and said again by whoever comes next. */
    async stop(): Promise<void> {
      stopping.abort();
      clearTimeout(timer);
      await looking;
      await Promise.all(underWay.keys());
    },
  };
}
