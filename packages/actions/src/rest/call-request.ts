import { type BotCredential, BotError, type BotList } from '@signalbox/taskbot';
import { type Headers, type HttpProxy, type HttpRequest, headerOf } from '../network/index.ts';
import { authentication } from './authentication.ts';
import { namedValues, sentText } from './named-values.ts';
import type { RequestBody } from './request-body.ts';

export interface CallInput {
  readonly uriOption: 'text' | 'credential';
  readonly uri: string;
  readonly uriCredential: BotCredential | string;
  readonly authenticationMode: string;
  readonly username: BotCredential | string;
  readonly password: BotCredential | string;
  readonly token: BotCredential | string;
  readonly customHeaders: BotList;
  readonly captureFailureResponse: boolean;
  readonly allowInsecureConnection: boolean;
  readonly timeOut: number;
  readonly proxyOption: 'SYSTEM' | 'CUSTOM';
  readonly proxyHost: BotCredential | string;
  readonly proxyPort: BotCredential | string;
  readonly proxyUsername: BotCredential | string;
  readonly proxyPassword: BotCredential | string;
}

/** The call that the attributes of an action describe. Secrets are revealed here, where they go into the call. */
export const callRequest = (method: string, input: CallInput, body: RequestBody | undefined): HttpRequest => {
  const proxy = proxyOf(input);
  return {
    method,
    url: input.uriOption === 'credential' ? sentText(input.uriCredential) : input.uri,
    secretUrl: input.uriOption === 'credential',
    headers: headersOf(input, body),
    timeout: input.timeOut,
    allowInsecureConnection: input.allowInsecureConnection,
    ...(body === undefined ? {} : { body: body.bytes }),
    ...(proxy === undefined ? {} : { proxy }),
  };
};

const headersOf = (input: CallInput, body: RequestBody | undefined): Headers => {
  const own = namedValues(input.customHeaders, 'custom headers').flatMap(({ name, value }) =>
    headerOf(name, sentText(value)),
  );
  const has = (name: string) => own.some(([each]) => each.toLowerCase() === name);
  const login = authentication(input);
  // A header of the bot's own wins over what the other settings would make of it.
  return [
    ...own,
    ...(has('authorization') ? [] : login),
    ...(body === undefined || has('content-type') ? [] : headerOf('Content-Type', body.contentType)),
  ];
};

const proxyOf = (input: CallInput): HttpProxy | undefined => {
  if (input.proxyOption !== 'CUSTOM') return undefined;
  const host = sentText(input.proxyHost)
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/$/, '');
  const port = Number(sentText(input.proxyPort));
  if (!/^[\w.:-]+$/.test(host) || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new BotError('Expected a host name and a port from 1 to 65535 for the proxy. Check the proxy settings.');
  }
  return { host, port, user: sentText(input.proxyUsername), password: sentText(input.proxyPassword) };
};
