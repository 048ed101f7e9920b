import { type BotDictionary, BotError, type Host } from '@signalbox/taskbot';
import { bodyText, type HttpAnswer, type HttpRequest, httpCall } from '../network/index.ts';
import { type CallInput, callRequest } from './call-request.ts';
import { saveAnswer } from './download.ts';
import type { RequestBody } from './request-body.ts';

interface RestInput extends CallInput {
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
  input: RestInput,
  body: RequestBody | undefined,
  host: Host,
): Promise<BotDictionary> => {
  const request: HttpRequest = {
    ...callRequest(method, input, body),
    ...(input.downloadResponse ? { most: MOST_FILE_BYTES } : {}),
  };
  return httpCall(request, host, async (answer) => {
    const good = answer.status >= 200 && answer.status < 300;
    if (good && input.downloadResponse) return answerDictionary(answer, await saveAnswer(answer, input, host));
    const text = bodyText(await answerBytes(answer), answer.headers['content-type'] ?? '');
    if (!good && !input.captureFailureResponse) throw failure(answer, text);
    return answerDictionary(answer, text);
  });
};

export const answerBytes = async (answer: HttpAnswer): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(answer.body));

export const answerDictionary = (answer: HttpAnswer, body: string): BotDictionary =>
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
