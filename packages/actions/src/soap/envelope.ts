import { BotError, BotRecord, type BotValue } from '@signalbox/taskbot';
import { namedValues, sentText } from '../rest/named-values.ts';
import { kindOf } from '../support/text.ts';
import { requireName, requireText } from '../xml/content.ts';

export const ENVELOPES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
export type SoapVersion = keyof typeof ENVELOPES;

export interface Operation {
  readonly version: SoapVersion;
  readonly name: string;
  readonly namespace: string;
  /** Whether the parameters stand in the namespace too (`elementFormDefault="qualified"`), as most services want. */
  readonly qualified: boolean;
  readonly parameters: BotValue;
  /** XML of the author's own for the header, such as a security token. */
  readonly header: string;
}

export const envelopeOf = ({ version, name, namespace, qualified, parameters, header }: Operation): string => {
  const tag = requireName(name);
  const inner = parametersOf(parameters);
  const uri = escaped(namespace);
  const call =
    namespace === ''
      ? `<${tag}>${inner}</${tag}>`
      : qualified
        ? `<${tag} xmlns="${uri}">${inner}</${tag}>`
        : `<m:${tag} xmlns:m="${uri}">${inner}</m:${tag}>`;
  const head = header.trim() === '' ? '' : `<soap:Header>${header}</soap:Header>`;
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${ENVELOPES[version]}">${head}<soap:Body>${call}</soap:Body></soap:Envelope>`;
};

/** Which SOAP a whole envelope of the author's speaks. */
export const versionOf = (envelope: string): SoapVersion => (envelope.includes(ENVELOPES['1.2']) ? '1.2' : '1.1');

/** A dictionary, or a list of dictionaries {enabled, name, value} as Rest has them. */
const parametersOf = (parameters: BotValue): string => {
  if (parameters === null || parameters === '') return '';
  if (Array.isArray(parameters)) {
    return namedValues(parameters, 'parameters')
      .map(({ name, value }) => element(name, value))
      .join('');
  }
  if (parameters instanceof Map || parameters instanceof BotRecord) return contentOf(parameters);
  throw new BotError(`Expected the parameters as a dictionary or a list, but got ${kindOf(parameters)}.`);
};

/** A list is the element several times, a dictionary its members. */
const element = (name: string, value: BotValue): string => {
  const tag = requireName(name);
  if (Array.isArray(value)) return value.map((item) => element(tag, item)).join('');
  return `<${tag}>${contentOf(value)}</${tag}>`;
};

const contentOf = (value: BotValue): string => {
  if (value instanceof Map) return Array.from(value, ([name, inner]) => element(name, inner)).join('');
  if (value instanceof BotRecord) {
    return value.columns.map((column, at) => element(column.name, value.values[at] ?? null)).join('');
  }
  return escaped(requireText(sentText(value)));
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
