import { readXml } from '../xml/read-xml.ts';
import { asString } from '../xml/xpath/values.ts';

export interface SoapAnswer {
  /** The text in the body: the result of a call that answers one value. */
  readonly result: string;
  readonly fault: { readonly code: string; readonly text: string } | undefined;
}

const BODY = `/*[local-name() = 'Envelope']/*[local-name() = 'Body']`;
const FAULT = `${BODY}/*[local-name() = 'Fault']`;

/** Undefined when the text is no SOAP answer. Both versions are read, whichever was asked in. */
export const readAnswer = async (text: string): Promise<SoapAnswer | undefined> => {
  const document = await readXml(text).catch(() => undefined);
  if (document === undefined || document.evaluate(`count(${BODY})`) === 0) return undefined;
  const ask = (xPath: string) => asString(document.evaluate(`string(${xPath})`)).trim();
  if (document.evaluate(`count(${FAULT})`) === 0) return { result: ask(BODY), fault: undefined };
  const code = ask(`${FAULT}/faultcode`) || ask(`${FAULT}/*[local-name() = 'Code']/*[local-name() = 'Value']`);
  const reason = ask(`${FAULT}/faultstring`) || ask(`${FAULT}/*[local-name() = 'Reason']/*[local-name() = 'Text']`);
  return { result: '', fault: { code, text: reason } };
};
