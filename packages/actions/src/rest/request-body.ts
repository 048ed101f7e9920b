import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type BotCredential, BotError, type BotList, type Host } from '@signalbox/taskbot';
import { devicePath } from '../support/device-path.ts';
import { fileWork } from '../support/file-fault.ts';
import { asText, excerpt } from '../support/text.ts';
import { namedValues, sentText } from './named-values.ts';

export interface BodyInput {
  readonly headerContentType: string;
  readonly customContentType: string;
  readonly parameterOption: 'text' | 'credential';
  readonly jsonPostParameters: string;
  readonly jsonCVParams: BotCredential | string;
  readonly formParameters: BotList;
  readonly binaryFilePath: string;
}

export interface RequestBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Documents name the content type itself [observed] or a word for it [inferred]. */
const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  xml: 'application/xml',
  text: 'text/plain',
  plain: 'text/plain',
  html: 'text/html',
  urlencoded: 'application/x-www-form-urlencoded',
  formurlencoded: 'application/x-www-form-urlencoded',
  formdata: 'multipart/form-data',
  multipart: 'multipart/form-data',
  multipartformdata: 'multipart/form-data',
  binary: 'application/octet-stream',
};

export const requestBody = (input: BodyInput, host: Host): RequestBody => {
  const contentType = contentTypeOf(input);
  if (input.binaryFilePath !== '') return { contentType, bytes: bytesOf(input.binaryFilePath, host) };
  const bare = contentType.split(';')[0]?.trim().toLowerCase();
  if (bare === 'multipart/form-data' && input.formParameters.length > 0) return multipart(input.formParameters, host);
  if (bare === 'application/x-www-form-urlencoded' && input.formParameters.length > 0) {
    const fields = new URLSearchParams();
    for (const { name, value } of namedValues(input.formParameters, 'form parameters')) {
      fields.append(name, sentText(value));
    }
    return { contentType, bytes: Buffer.from(fields.toString()) };
  }
  const raw = input.parameterOption === 'credential' ? sentText(input.jsonCVParams) : input.jsonPostParameters;
  return { contentType, bytes: Buffer.from(raw) };
};

const contentTypeOf = ({ headerContentType, customContentType }: BodyInput): string => {
  const word = headerContentType.trim();
  if (/^(custom|other)/i.test(word) && customContentType.trim() !== '') return customContentType.trim();
  if (word.includes('/')) return word;
  const known = TYPES[word.toLowerCase().replaceAll(/[^a-z]/g, '')];
  if (known !== undefined) return known;
  throw new BotError(`Expected a content type such as application/json, but got "${excerpt(word)}".`);
};

const multipart = (list: BotList, host: Host): RequestBody => {
  const boundary = `signalbox-${randomUUID()}`;
  const parts = namedValues(list, 'form parameters').flatMap(({ name, value, get }) => {
    const isFile = asText(get('type')).toUpperCase() === 'FILE';
    const path = isFile ? asText(get('file') ?? value) : '';
    const fileName = isFile ? `; filename="${quoted(basename(path.replaceAll('\\', '/')))}"` : '';
    const type = asText(get('contenttype')).trim() || (isFile ? 'application/octet-stream' : '');
    if (/[\r\n]/.test(type))
      throw new BotError(`The content type of the form parameter "${excerpt(name)}" has a line end.`);
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${fileName}\r\n`;
    return [
      Buffer.from(`${head}${type === '' ? '' : `content-type: ${type}\r\n`}\r\n`),
      isFile ? bytesOf(path, host) : Buffer.from(sentText(value)),
      Buffer.from('\r\n'),
    ];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
};

/** As the HTML standard escapes names, so that none ends the header. */
const quoted = (name: string): string => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const bytesOf = (file: string, host: Host): Buffer => {
  const path = devicePath(file, host);
  return fileWork('read', path, () => readFileSync(path));
};
