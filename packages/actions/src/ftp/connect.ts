import { readFileSync } from 'node:fs';
import { action, attribute, BotError, BotSession } from '@signalbox/taskbot';
import { reachable } from '../network/index.ts';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { revealed, withoutSecrets } from '../support/secret.ts';
import { closeSession, keepSession } from '../support/session.ts';
import { PACKAGE, type RemoteFiles, RemoteSession } from './remote-files.ts';

const PORTS = { FTP: 21, FTPES: 21, FTPS: 990, SFTP: 22 } as const;

/** Names of commands and attributes of the whole package [inferred]: no document with them was seen. */
export const connect = action({
  package: PACKAGE,
  name: 'connect',
  summary: 'Connects to a server for files: FTP, FTP with TLS, or SFTP.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    session: attribute.any({ alias: ['sessionName'] }),
    protocol: attribute.choice(['FTP', 'SFTP', 'FTPS', 'FTPES'], { alias: ['connectionType', 'type'] }),
    hostName: attribute.text({ required: true, alias: ['host', 'serverName', 'serverHost', 'hostname'] }),
    port: attribute.number({ alias: ['serverPort'] }),
    username: attribute.credential({ alias: ['userName', 'user'] }),
    password: attribute.credential({ alias: ['securedPassword'] }),
    privateKeyFile: attribute.file({ alias: ['keyFile', 'privateKeyPath', 'privateKey'] }),
    passphrase: attribute.credential({ alias: ['passPhrase'] }),
    hostKeyFingerprint: attribute.text({ note: 'SHA256:… that the key of an SFTP server must have. Our addition.' }),
    allowInsecureConnection: attribute.flag({ note: 'Takes certificates that nobody vouches for. Our addition.' }),
    timeOut: attribute.number({ fallback: 30, alias: ['timeout'], note: 'Seconds.' }),
  },
  returns: 'SESSION',
  run: async (input, host) => {
    const place = await reachable(input.hostName, input.port ?? PORTS[input.protocol], host);
    const login = {
      user: revealed(input.username),
      password: revealed(input.password),
      timeoutMs: Math.max(1, input.timeOut) * 1000,
    };
    const passphrase = revealed(input.passphrase);
    const secrets = [login.password, passphrase];
    let files: RemoteFiles;
    let folder: string;
    try {
      if (input.protocol === 'SFTP') {
        const key = input.privateKeyFile === '' ? '' : devicePath(input.privateKeyFile, host);
        const privateKey = key === '' ? '' : fileWork('read', key, () => readFileSync(key, 'utf8'));
        const { connectSftp } = await import('./sftp-files.ts');
        const seen = (fingerprint: string) => {
          if (input.hostKeyFingerprint === '') {
            host.log(
              'warn',
              `The key of "${place.name}" was not checked; it is ${fingerprint}. Give it as the expected one.`,
            );
          }
        };
        files = await connectSftp(
          place,
          { ...login, privateKey, passphrase },
          input.hostKeyFingerprint,
          seen,
          host.signal,
        );
      } else {
        const { connectFtp } = await import('./ftp-files.ts');
        const secure = input.protocol === 'FTPS' ? 'implicit' : input.protocol === 'FTPES';
        files = await connectFtp(place, login, { secure, trust: input.allowInsecureConnection }, host.signal);
      }
      folder = await files.home();
    } catch (cause) {
      host.signal.throwIfAborted();
      if (cause instanceof BotError) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new BotError(
        `The connection to "${place.name}" at port ${place.port} failed: ${withoutSecrets(message, secrets)}. Check protocol, port, name and password.`,
      );
    }
    const content = new RemoteSession(files, folder, secrets);
    return keepSession(PACKAGE, input.session, new BotSession(PACKAGE, content, () => content.close()), host);
  },
});

export const disconnect = action({
  package: PACKAGE,
  name: 'disconnect',
  summary: 'Closes the connection.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: { session: attribute.any({ alias: ['sessionName'] }) },
  run: (input, host) => closeSession(PACKAGE, input.session, host),
});
