import { connect, type Socket } from 'node:net';
import { BotError, type Host } from '@signalbox/taskbot';
import { allowedAddresses } from '../network/index.ts';

/** A place that a bot may call, with the address that was judged: connecting by the name again could lead elsewhere. */
export interface Reachable {
  /** What the bot wrote: for certificates and messages. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Resolves a host name once, asks the rules about each address, and answers the first allowed one.
 */
export const reachable = async (name: string, port: number, host: Host): Promise<Reachable> => {
  const wanted = name.trim().replace(/^\[(.*)\]$/, '$1');
  if (wanted === '') throw new BotError('Expected the name of a server, but got an empty text.');
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new BotError(`Expected a port between 1 and 65535 for "${name}", but got ${port}.`);
  }
  const [address] = await allowedAddresses(wanted, port, host);
  if (address === undefined) throw new BotError(`The name "${wanted}" has no address.`);
  return { name: wanted, address, port };
};

/** What a library cannot be told to stop, at least nobody waits for any more. `drop` ends it as far as it can be ended. */
export const untilStopped = <T>(work: Promise<T>, signal: AbortSignal, drop: () => void = () => {}): Promise<T> => {
  const { promise, resolve: settle, reject } = Promise.withResolvers<T>();
  const stop = () => {
    drop();
    reject(signal.reason);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(settle, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
};

/** A connection to a place that was judged, for libraries that would look the name up themselves. */
export const dial = async (place: Reachable, timeoutMs: number, signal: AbortSignal): Promise<Socket> => {
  const socket = connect({ host: place.address, port: place.port, noDelay: true });
  const { promise, resolve: settle, reject } = Promise.withResolvers<Socket>();
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  socket.once('connect', () => {
    socket.setTimeout(0);
    settle(socket);
  });
  socket.once('error', reject);
  try {
    return await untilStopped(promise, signal, () => socket.destroy());
  } finally {
    socket.off('error', reject);
  }
};
