import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import { error } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { createTickets, type Ticket } from '../../kernel/tickets.ts';

/** What somebody sends by a ticket. */
export interface Received {
  readonly content: Buffer;
  /** As the sender names it; empty where he did not. */
  readonly fileName: string;
  readonly type: string;
}

/** What somebody fetches by a ticket. */
export interface Sent {
  readonly content: Buffer | Readable;
  readonly type: string;
  readonly fileName: string;
  readonly size: number;
}

export type Facts = Ticket['facts'];

interface Kind {
  /** The most bytes that may be sent. */
  readonly mostBytes: number;
  readonly receive?: (facts: Facts, received: Received) => Promise<void>;
  readonly send?: (facts: Facts) => Promise<Sent>;
}

/** How long what is fetched or sent by a ticket may wait (contract robocorp §4.8: an hour). */
const TICKET_SECONDS = 3_600;

/**
 * Files come and go by addresses of their own, without the caller's credential: whoever was shown one may use it for an
 * hour. Each part of the domain says what it takes and gives.
 */
export function createTransfers({ database }: Kernel, key: Buffer) {
  const tickets = createTickets(key);
  const kinds = new Map<string, Kind>();

  async function accept(text: string): Promise<{ kind: Kind; facts: Facts }> {
    const ticket = tickets.read(text);
    const kind = ticket && kinds.get(ticket.purpose);
    const over =
      ticket &&
      (await database.first(sql<{ over: boolean }>`select present() >= to_timestamp(${ticket.expires}) as over`))?.over;
    if (!ticket || !kind || over) {
      throw error('notFound', 'This address leads nowhere, or no longer.', { details: 'ask for a new one' });
    }
    return { kind, facts: ticket.facts };
  }

  return {
    /** Said once at the start, by the part whose files they are. */
    offer(purpose: string, kind: Kind): void {
      kinds.set(purpose, kind);
    },

    /** A ticket for one thing: `/transfers/<ticket>` behind whatever address the caller knows this server by. */
    async ticketFor(purpose: string, facts: Facts): Promise<string> {
      const row = await database.first(sql<{ now: number }>`select extract(epoch from present())::float8 as now`);
      return tickets.issue({ purpose, facts, expires: Math.floor(row?.now ?? 0) + TICKET_SECONDS });
    },

    /** The most bytes that the ticket lets in. @throws notFound */
    async mostBytes(text: string): Promise<number> {
      return (await accept(text)).kind.mostBytes;
    },

    /** @throws notFound; tooLarge */
    async receive(text: string, received: Received): Promise<void> {
      const { kind, facts } = await accept(text);
      if (!kind.receive) throw error('notFound', 'Nothing can be sent to this address.');
      if (received.content.length > kind.mostBytes) throw tooLarge(kind.mostBytes);
      await kind.receive(facts, received);
    },

    /** @throws notFound */
    async send(text: string): Promise<Sent> {
      const { kind, facts } = await accept(text);
      if (!kind.send) throw error('notFound', 'Nothing can be fetched from this address.');
      return kind.send(facts);
    },
  };
}

export const tooLarge = (mostBytes: number) => error('tooLarge', `The file has more than ${mostBytes} bytes.`);

export type Transfers = ReturnType<typeof createTransfers>;
