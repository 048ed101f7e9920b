import { parentPort } from 'node:worker_threads';
import PostalMime from 'postal-mime';
import type { ThreadAnswer } from './reading.ts';
import { shapeMail } from './shape.ts';

const LIMITS = { maxNestingDepth: 50, maxHeadersSize: 256 * 1024 };

parentPort?.on('message', async (raw: Uint8Array) => {
  try {
    // A message within the message is an attachment: what it says is not what this one says.
    const read = shapeMail(await PostalMime.parse(raw, { ...LIMITS, forceRfc822Attachments: true }));
    parentPort?.postMessage({ read } satisfies ThreadAnswer);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    parentPort?.postMessage({ fault } satisfies ThreadAnswer);
  }
});
