import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';

/** Names and values in the order of sending. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** Made by the connection itself; what a bot writes there would contradict it. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const OF_ONE_SERVER = /^(cookie|host)$|auth|key|token|secret|password/i;

export const withoutBodyHeaders = (headers: Headers): Headers =>
  headers.filter(([name]) => !name.toLowerCase().startsWith('content-'));

/**
 * What was meant for one server is not shown to another. More than fetch drops: API keys travel in headers of any name,
 * so each that sounds like one stays behind.
 */
export const withoutSecretHeaders = (headers: Headers): Headers =>
  headers.filter(([name]) => !OF_ONE_SERVER.test(name));

/** One header, or none when it is the connection's own. A line end in a value would smuggle a second header in. */
export const headerOf = (name: string, value: string): Headers => {
  const bare = name.trim();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(bare)) {
    throw new BotError(
      `Expected the name of a header, such as Accept, but got "${excerpt(name)}". Letters, digits and hyphens make one.`,
    );
  }
  const text = value.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(text)) {
    throw new BotError(`The value of the header "${bare}" has characters that no header may have, such as a line end.`);
  }
  return OF_THE_CONNECTION.has(bare.toLowerCase()) ? [] : [[bare, text]];
};
