import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { error } from '../../../kernel/errors.ts';
import { createLimit } from '../../../kernel/limit.ts';
import type { MailRead } from './shape.ts';

export type ThreadAnswer = { readonly read: MailRead } | { readonly fault: string };

export interface MailReading {
  /** Answers in words why the mail could not be read. */
  readonly fault: string | undefined;
  /** Undefined when not even its header could be. */
  readonly read: MailRead | undefined;
}

const AT_ONCE = 2;
/** Being read or waiting for it; each is in memory meanwhile. */
const MOST_HELD = 8;
const MOST_SECONDS = 20;
/** 40 MB of attachments need 30 MB of it. */
const HEAP_MB = 256;
const MOST_HEADER_BYTES = 64 * 1024;

/**
 * Reads mails, each in a thread of its own with a time and a heap: 39 MB of empty lines take three minutes and 4 GB, of
 * which the whole server would die.
 *
 * @throws unavailable when too many have come at once; their senders try again
 */
export function createMailReading(): (raw: Buffer) => Promise<MailReading> {
  const limit = createLimit(AT_ONCE);
  let held = 0;
  return async (raw) => {
    if (held >= MOST_HELD)
      throw error('unavailable', `${MOST_HELD} mails are being read at this moment.`, { retryAfter: 5 });
    held++;
    try {
      return await limit(() => read(raw));
    } finally {
      held--;
    }
  };
}

async function read(raw: Buffer): Promise<MailReading> {
  const whole = await readInThread(raw);
  if ('read' in whole) return { fault: undefined, read: whole.read };
  const header = await readInThread(headerOf(raw));
  return { fault: whole.fault, read: 'read' in header ? header.read : undefined };
}

async function readInThread(raw: Uint8Array): Promise<ThreadAnswer> {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    env: {},
    name: 'mail',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  // The process may end meanwhile.
  thread.unref();
  try {
    thread.postMessage(raw);
    const [answer] = await once(thread, 'message', { signal: AbortSignal.timeout(MOST_SECONDS * 1000) });
    return answer as ThreadAnswer; // Said by thread.ts.
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if (cause.name === 'AbortError') return { fault: `It took longer than ${MOST_SECONDS} s.` };
    if ('code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return { fault: `It took more than ${HEAP_MB} MB.` };
    throw cause;
  } finally {
    await thread.terminate();
  }
}

/** Up to the first empty line. */
function headerOf(raw: Buffer): Uint8Array {
  const text = raw.subarray(0, MOST_HEADER_BYTES).toString('latin1');
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  return new Uint8Array(raw.subarray(0, end));
}
