import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { BotError, type Host } from '@signalbox/taskbot';
import { untilStopped } from '../support/until-stopped.ts';

/** Answers the numeric addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/** A place that a bot may call, with the address that was judged: connecting by the name again could lead elsewhere. */
export interface Reachable {
  /** What the bot wrote: for certificates and messages. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** The one place to connect to, for protocols that take one address. */
export const reachable = async (hostName: string, port: number, host: Host): Promise<Reachable> => {
  const name = bare(hostName.trim());
  if (name === '') throw new BotError('Expected the name of a server, but got an empty text.');
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new BotError(`Expected a port between 1 and 65535 for "${hostName}", but got ${port}.`);
  }
  const [address] = await allowedAddresses(name, port, host);
  return { name, address, port };
};

/**
 * The addresses of a host that a bot may call at a port. Whoever connects must connect to these and not ask again: the
 * second answer of a name server could be another.
 */
export const allowedAddresses = async (
  hostName: string,
  port: number,
  host: Pick<Host, 'outgoing' | 'signal'>,
  resolve: Resolve = systemResolve,
): Promise<readonly [string, ...string[]]> => {
  const { outgoing, signal } = host;
  if (outgoing === undefined) {
    throw new BotError('This run may make no calls over the network. Ask the administrator to allow outgoing calls.');
  }
  const name = bare(hostName);
  const addresses = isIP(name) === 0 ? await resolved(name, signal, resolve) : [name];
  const refusals: string[] = [];
  const allowed = addresses.filter((address) => {
    const refusal = outgoing.refusal(address, port);
    if (refusal !== undefined) refusals.push(refusal);
    return refusal === undefined;
  });
  const [first, ...others] = allowed;
  if (first !== undefined) return [first, ...others];
  throw new BotError(
    refusals.length === 0
      ? `The name "${name}" has no address. Check its spelling, and the network of this machine.`
      : `The call to "${name}" is refused: ${refusals[0]}.`,
  );
};

/** `[::1]` is how addresses of version 6 are written before a port. */
const bare = (name: string): string => name.replace(/^\[(.*)\]$/, '$1');

const resolved = async (name: string, signal: AbortSignal, resolve: Resolve): Promise<readonly string[]> => {
  signal.throwIfAborted();
  try {
    return await untilStopped(resolve(name), signal); // the system's resolver cannot be stopped
  } catch (cause) {
    signal.throwIfAborted();
    throw new BotError(`The name "${name}" was not found. Check its spelling, and the network of this machine.`, {
      cause,
    });
  }
};

/** Where an address names no port, its scheme does. */
export const portOf = ({ port, protocol }: URL): number =>
  Number(port) || (protocol === 'https:' || protocol === 'wss:' ? 443 : 80);
