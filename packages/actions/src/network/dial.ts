import { connect, type Socket } from 'node:net';
import { untilStopped } from '../support/until-stopped.ts';
import type { Reachable } from './reachable.ts';

/** A connection to a place that was judged, for libraries that would look the name up themselves. */
export const dial = async (place: Reachable, timeoutMs: number, signal: AbortSignal): Promise<Socket> => {
  const socket = connect({ host: place.address, port: place.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  socket.once('connect', () => {
    socket.setTimeout(0);
    resolve(socket);
  });
  socket.once('error', reject);
  try {
    return await untilStopped(promise, signal, () => socket.destroy());
  } finally {
    socket.off('error', reject);
  }
};
