import { BotError } from '@signalbox/taskbot';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there. Check the address and its port',
  ECONNRESET: 'the connection was broken off. Try again, or ask whoever runs the service',
  EHOSTUNREACH: 'there is no way to it. Check the network of this machine',
  ENETUNREACH: 'there is no way to it. Check the network of this machine',
  ETIMEDOUT: 'no connection came about in time. Check the address and the firewall',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time. Check the address and the firewall',
  UND_ERR_SOCKET: 'the connection was broken off. Try again, or ask whoever runs the service',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of its answer are too large',
  UND_ERR_PRX_TLS: 'the proxy cannot be reached securely. Check its address',
  EPROTO: 'it does not speak TLS there. Check whether the address begins with http or https',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there. Check whether the address begins with http or https',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there. Check whether the address begins with http or https',
};

interface Circumstances {
  readonly shown: string;
  readonly stopped: boolean;
  readonly late: boolean;
  readonly timeout: number;
}

/** What went wrong on the way, as a fault for the bot's author. The library's own texts may quote headers and stay inside. */
export const callFault = (cause: unknown, { shown, stopped, late, timeout }: Circumstances): BotError => {
  if (cause instanceof BotError) return cause;
  if (stopped) return new BotError(`The call to ${shown} ended because the run was stopped.`);
  if (late) {
    return new BotError(
      `${shown} did not answer within ${timeout} milliseconds. Give the action more time, or ask whoever runs the service.`,
    );
  }
  const code = codeOf(cause);
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/.test(code);
  const why = certificate
    ? `its certificate is not to be trusted (${code}). Add its authority to this machine, or allow the insecure connection`
    : /^(Z_|ERR_.*(BROTLI|ZSTD)|ERR__ERROR)/.test(code)
      ? 'its answer is not compressed in the way it says'
      : (REASONS[code] ?? `${code || 'the connection failed'}. Check the address and the network`);
  return new BotError(`Cannot call ${shown}: ${why}.`, { cause });
};

/** The first code on the way down: several addresses fail together, and a proxy wraps what failed behind it. */
const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return '';
  if ('code' in cause && typeof cause.code === 'string' && cause.code !== 'UND_ERR_PRX_CONN') return cause.code;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  return codeOf(inner);
};
