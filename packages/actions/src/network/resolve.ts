import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { BotError, type Host } from '@signalbox/taskbot';

/** Answers the numeric addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * The addresses of a host that a bot may call at a port. Whoever connects must connect to these and not ask again: the
 * second answer of a name server could be another.
 */
export const allowedAddresses = async (
  hostName: string,
  port: number,
  host: Pick<Host, 'outgoing' | 'signal'>,
  resolve: Resolve = systemResolve,
): Promise<readonly string[]> => {
  const { outgoing, signal } = host;
  if (outgoing === undefined) {
    throw new BotError('This run may make no calls over the network. Ask the administrator to allow outgoing calls.');
  }
  const name = hostName.replace(/^\[|\]$/g, '');
  const addresses = isIP(name) === 0 ? await resolved(name, signal, resolve) : [name];
  const refusals: string[] = [];
  const allowed = addresses.filter((address) => {
    const refusal = outgoing.refusal(address, port);
    if (refusal !== undefined) refusals.push(refusal);
    return refusal === undefined;
  });
  if (allowed.length > 0) return allowed;
  throw new BotError(
    refusals.length === 0
      ? `The name "${name}" has no address. Check its spelling, and the network of this machine.`
      : `The call to "${name}" is refused: ${refusals[0]}.`,
  );
};

const resolved = async (name: string, signal: AbortSignal, resolve: Resolve): Promise<readonly string[]> => {
  signal.throwIfAborted();
  // The system's resolver cannot be stopped, so a stop leaves it behind.
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([resolve(name), stopped]);
  } catch (cause) {
    signal.throwIfAborted();
    throw new BotError(`The name "${name}" was not found. Check its spelling, and the network of this machine.`, {
      cause,
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
