import { createHmac, randomUUID } from 'node:crypto';
import { sameSecret } from './sealing.ts';

/**
 * A ticket is a text that may stand in an address and lets its bearer do one thing for some time, without any other
 * credential. Nothing of it is kept: it carries what it is for, and a MAC over that.
 */
export interface Ticket {
  /** What it is for: `workItemFile.upload`. A ticket for one thing is none for another. */
  readonly purpose: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** Seconds since 1970. */
  readonly expires: number;
}

export interface Tickets {
  issue(ticket: Ticket): string;
  /** Undefined for what was not issued here, or was changed. Whether its time is over is for the caller to see. */
  read(text: string): Ticket | undefined;
}

/** @param key 32 bytes, used for nothing else */
export function createTickets(key: Buffer): Tickets {
  const macOf = (content: string): string => createHmac('sha256', key).update(content).digest('base64url');
  return {
    issue: (ticket) => {
      // Two tickets for the same thing are two texts: one that became known tells nothing of another.
      const content = Buffer.from(JSON.stringify({ ...ticket, id: randomUUID() })).toString('base64url');
      return `${content}.${macOf(content)}`;
    },
    read: (text) => {
      const [content = '', mac = '', ...rest] = text.split('.');
      if (rest.length > 0 || !sameSecret(mac, macOf(content))) return undefined;
      const { purpose, facts, expires } = JSON.parse(Buffer.from(content, 'base64url').toString()) as Ticket; // We wrote it.
      return { purpose, facts, expires };
    },
  };
}
