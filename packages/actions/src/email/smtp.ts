import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { attribute, type BotCredential, BotError, type BotValue, type Host, type Refusal } from '@signalbox/taskbot';
import type { SendMailOptions } from 'nodemailer';
import { reachable } from '../network/index.ts';
import { devicePath } from '../support/device-path.ts';
import { revealed, withoutSecrets } from '../support/secret.ts';
import { asText, excerpt } from '../support/text.ts';
import { untilStopped } from '../support/until-stopped.ts';

/**
 * Where a message goes out, as sendMail, ForwardEmail and ReplyEmail all carry it. The OAuth2 and EWS attributes are
 * declared so that a bot with them is told what is missing.
 */
export const serverAttributes = {
  serverType: attribute.choice(['EMAIL_SERVER', 'EWS', 'OUTLOOK', 'GMAIL']),
  emailServerHost: attribute.text({ alias: ['serverHost', 'smtpHost'] }),
  emailServerPort: attribute.number({ alias: ['serverPort', 'smtpPort', 'port'] }),
  useSecureConnection: attribute.flag({ alias: ['useSecure'] }),
  allowInsecureConnection: attribute.flag({ note: 'Takes certificates that nobody vouches for. Our addition.' }),
  requiresAuthentication: attribute.flag({ alias: ['requireAuthentication'] }),
  username: attribute.credential(),
  securedPassword: attribute.credential({ alias: ['password'] }),
  authType: attribute.text(),
  timeOut: attribute.number({ fallback: 60, note: 'Seconds. [inferred]' }),
};

export interface ServerSettings {
  readonly serverType: 'EMAIL_SERVER' | 'EWS' | 'OUTLOOK' | 'GMAIL';
  readonly emailServerHost: string;
  readonly emailServerPort: number | undefined;
  readonly useSecureConnection: boolean;
  readonly allowInsecureConnection: boolean;
  readonly requiresAuthentication: boolean;
  readonly username: BotCredential | string;
  readonly securedPassword: BotCredential | string;
  readonly authType: string;
  readonly timeOut: number;
}

/** Port 465 speaks TLS from the start; on other ports a secure connection means STARTTLS, and nothing is sent without it. */
export const sendMessage = async (settings: ServerSettings, message: SendMailOptions, host: Host): Promise<void> => {
  requireServer(settings.serverType);
  if (settings.authType !== '' && /oauth/i.test(settings.authType)) {
    throw new BotError('Mail servers are logged into with a name and a password here; OAuth2 is not supported.');
  }
  const { useSecureConnection: secure } = settings;
  const place = await reachable(settings.emailServerHost, settings.emailServerPort ?? (secure ? 465 : 25), host);
  const [user, pass] = [revealed(settings.username), revealed(settings.securedPassword)];
  const { createTransport } = await import('nodemailer');
  const timeout = Math.max(1, settings.timeOut) * 1000;
  const transport = createTransport({
    host: place.address,
    port: place.port,
    secure: secure && place.port === 465,
    requireTLS: secure && place.port !== 465,
    // Without "secure" the upgrade is a courtesy of the server: a bad certificate is no worse than none.
    tls: { servername: place.name, rejectUnauthorized: secure && !settings.allowInsecureConnection },
    ...(settings.requiresAuthentication || user !== '' ? { auth: { user, pass } } : {}),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  try {
    await untilStopped(transport.sendMail(message), host.signal, () => transport.close());
  } catch (cause) {
    if (host.signal.aborted) throw cause;
    throw new BotError(
      `The message was not sent by "${place.name}" at port ${place.port}: ${withoutSecrets(reasonOf(cause), [pass])}`,
    );
  } finally {
    transport.close();
  }
};

const REASONS: Readonly<Record<string, string>> = {
  EAUTH:
    'the server does not take this name and password. Check the credential, and whether it asks for a log-in at all.',
  ESOCKET: 'the connection failed. Check host, port and whether it is a secure one.',
  ECONNECTION: 'the connection failed. Check host, port and whether it is a secure one.',
  ETIMEDOUT: 'the server did not answer in time. Check host, port and whether it is a secure one.',
  ETLS: 'it offers no secure connection on this port. Use port 465 or 587, or turn the secure connection off.',
};

const reasonOf = (cause: unknown): string => {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = REASONS[code];
  return known === undefined ? `${message}.` : `${known} (${message})`;
};

/** Exchange web services and the desktop's Outlook are other protocols than SMTP and IMAP. */
export const requireServer = (serverType: string): void => {
  const refusal = refusedServer({ serverType });
  if (refusal !== undefined) throw new BotError(refusal.message);
};

/** The same when the bot is loaded and says so in its document. */
export const refusedServer = ({ serverType }: { readonly serverType?: string }): Refusal | undefined => {
  if (serverType === undefined || serverType === 'EMAIL_SERVER') return undefined;
  const name = serverType === 'EWS' ? 'Exchange Web Services (EWS)' : serverType;
  return {
    code: 'refused-command',
    message: `${name} is not supported. Choose "Email server": SMTP for sending, IMAP for reading.`,
  };
};

/** Addresses are separated by commas or semicolons. */
export const addresses = (text: string): string => text.replaceAll(';', ',').trim().replace(/,+$/, '');

/**
 * @param given paths separated by semicolons, or a list of them
 * @param mustExist whether a missing one is a fault; otherwise the log says so and the message goes without it
 */
export const attachmentsOf = (
  given: readonly BotValue[],
  mustExist: boolean,
  host: Host,
): { filename: string; path: string }[] =>
  given
    .flatMap((one) => asText(one).split(';'))
    .filter((text) => text.trim() !== '')
    .flatMap((text) => {
      const path = devicePath(text, host);
      if (existsSync(path)) return [{ filename: basename(path), path }];
      if (mustExist) {
        throw new BotError(
          `The attachment "${excerpt(text)}" is not there. Check the path, or allow sending without it.`,
        );
      }
      host.log('warn', `The attachment "${excerpt(text)}" is not there; the message goes without it.`);
      return [];
    });
