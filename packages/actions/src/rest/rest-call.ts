import { type BotCredential, type BotDictionary, BotError, type BotList, type Host } from '@signalbox/taskbot';
import {
  bodyText,
  type Headers,
  type HttpAnswer,
  type HttpProxy,
  type HttpRequest,
  headerOf,
  httpCall,
} from '../network/index.ts';
import { authentication } from './authentication.ts';
import { saveAnswer } from './download.ts';
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
  readonly downloadResponse: boolean;
  readonly downloadPath: string;
  readonly overwrite: boolean;
}

/** A file may be larger than what a bot can hold as a text. */
const MOST_FILE_BYTES = 2 * 1024 * 1024 * 1024;

/**
 * Makes the call of a REST action. Answers a dictionary: `Body` [observed]; `Status Code`, `Reason Phrase` and `Headers` (by
 * name in lower case) are [inferred].
 */
export const restCall = (
  method: string,
  input: CallInput,
  body: RequestBody | undefined,
  host: Host,
): Promise<BotDictionary> => {
  const proxy = proxyOf(input);
  const request: HttpRequest = {
    method,
    url: input.uriOption === 'credential' ? sentText(input.uriCredential) : input.uri,
    secretUrl: input.uriOption === 'credential',
    headers: headersOf(input, body),
    timeout: input.timeOut,
    allowInsecureConnection: input.allowInsecureConnection,
    ...(body === undefined ? {} : { body: body.bytes }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(input.downloadResponse ? { most: MOST_FILE_BYTES } : {}),
  };
  return httpCall(request, host, async (answer) => {
    const good = answer.status >= 200 && answer.status < 300;
    if (good && input.downloadResponse) return dictionaryOf(answer, await saveAnswer(answer, input, host));
    const text = bodyText(await bytesOf(answer), answer.headers['content-type'] ?? '');
    if (!good && !input.captureFailureResponse) throw failure(answer, text);
    return dictionaryOf(answer, text);
  });
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

const bytesOf = async (answer: HttpAnswer): Promise<Buffer> => Buffer.concat(await Array.fromAsync(answer.body));

const dictionaryOf = (answer: HttpAnswer, body: string): BotDictionary =>
  new Map<string, string | number | BotDictionary>([
    ['Body', body],
    ['Status Code', answer.status],
    ['Reason Phrase', answer.reason],
    ['Headers', new Map(Object.entries(answer.headers))],
  ]);

const EXCERPT = 300;

const failure = ({ status, reason, shown }: HttpAnswer, body: string): BotError => {
  const said = body.trim().slice(0, EXCERPT);
  return new BotError(
    `${shown} answered ${`${status} ${reason}`.trim()}${said === '' ? '' : `: ${said}`}. Capture the failure response to handle it in the bot.`,
  );
};
