import { action, attribute, BotError, BotSession } from '@signalbox/taskbot';
import { reachable } from '../network/index.ts';
import { revealed, withoutSecrets } from '../support/secret.ts';
import { closeSession, keepSession } from '../support/session.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { Mailbox, serverReason } from './mailbox.ts';
import { refusedServer, requireServer } from './smtp.ts';

const TIME_OUT_MS = 30_000;

/** IMAP. Port 143 with a secure connection means STARTTLS, which then is insisted on. */
export const emailConnect = action({
  package: 'Email',
  name: 'emailConnect',
  summary: 'Opens a mailbox by IMAP.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    serverType: attribute.choice(['EMAIL_SERVER', 'EWS', 'OUTLOOK', 'GMAIL']),
    protocol: attribute.choice(['IMAP', 'POP3']),
    serverHost: attribute.text({ alias: ['emailServerHost', 'host'] }),
    port: attribute.number({ alias: ['serverPort', 'emailServerPort'] }),
    username: attribute.credential(),
    securedPassword: attribute.credential({ alias: ['password'] }),
    useSecure: attribute.flag({ alias: ['useSecureConnection'] }),
    allowInsecureConnection: attribute.flag({ note: 'Takes certificates that nobody vouches for. Our addition.' }),
    authType: attribute.text(),
  },
  returns: 'SESSION',
  check: refusedServer,
  run: async (input, host) => {
    requireServer(input.serverType);
    if (input.protocol === 'POP3') {
      throw new BotError('POP3 is not supported. Choose IMAP, which the same server nearly always offers.');
    }
    if (/oauth/i.test(input.authType)) {
      throw new BotError('Mailboxes are opened with a name and a password here; OAuth2 is not supported.');
    }
    const port = input.port ?? (input.useSecure ? 993 : 143);
    const place = await reachable(input.serverHost, port, host);
    const startTls = input.useSecure && port === 143;
    const pass = revealed(input.securedPassword);
    const { ImapFlow } = await import('imapflow');
    const client = new ImapFlow({
      host: place.address,
      servername: place.name,
      port,
      secure: input.useSecure && !startTls,
      ...(startTls ? { doSTARTTLS: true } : {}),
      auth: { user: revealed(input.username), pass },
      tls: { rejectUnauthorized: input.useSecure && !input.allowInsecureConnection },
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: TIME_OUT_MS,
      greetingTimeout: TIME_OUT_MS,
    });
    // What breaks between two actions shows in the next one.
    client.on('error', () => {});
    try {
      await untilStopped(client.connect(), host.signal, () => client.close());
    } catch (cause) {
      client.close();
      if (host.signal.aborted) throw cause;
      throw new BotError(
        `The mailbox at "${place.name}", port ${port}, did not open: ${withoutSecrets(serverReason(cause), [pass])}. Check host, port, secure connection, name and password.`,
      );
    }
    const session = new BotSession('Email', new Mailbox(client), async () => {
      await client.logout().catch(() => client.close());
    });
    return keepSession('Email', input.session, session, host);
  },
});

export const closeEmail = action({
  package: 'Email',
  name: 'closeEmail',
  alias: ['emailDisconnect'],
  summary: 'Closes a mailbox.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  run: (input, host) => closeSession('Email', input.session, host),
});
