import { BotError } from '@signalbox/taskbot';
import { excerpt } from '../support/text.ts';
import { readXml } from '../xml/read-xml.ts';
import { asString } from '../xml/xpath/values.ts';
import type { SoapVersion } from './envelope.ts';

export interface Described {
  readonly address: string;
  readonly namespace: string;
  readonly soapAction: string;
  readonly version: SoapVersion;
  readonly qualified: boolean;
}

const SOAP_11 = 'http://schemas.xmlsoap.org/wsdl/soap/';
const SOAP_12 = 'http://schemas.xmlsoap.org/wsdl/soap12/';

/** What a WSDL 1.1 says about one operation. What it imports from elsewhere is not fetched; SOAP 1.1 is taken where both are. */
export const describedIn = async (wsdl: string, operation: string): Promise<Described> => {
  const document = await readXml(wsdl);
  const ask = (xPath: string) => asString(document.evaluate(xPath)).trim();
  const named = (name: string) => `*[local-name() = '${name}']`;
  if (/["']/.test(operation)) throw unknown(operation, '');
  const binding = (uri: string) =>
    `//${named('binding')}[*[local-name() = 'binding' and namespace-uri() = '${uri}']]/${named('operation')}[@name = '${operation}']`;
  const version = [SOAP_11, SOAP_12].find((uri) => ask(`count(${binding(uri)})`) !== '0');
  if (version === undefined) throw unknown(operation, ask(`string(//${named('binding')}/${named('operation')}/@name)`));
  const address = ask(
    `string(//${named('port')}/*[local-name() = 'address' and namespace-uri() = '${version}']/@location)`,
  );
  const own = ask(`string(//${named('schema')}[${named('element')}[@name = '${operation}']]/@targetNamespace)`);
  return {
    address,
    namespace: own || ask(`string(/*/@targetNamespace)`),
    soapAction: ask(`string(${binding(version)}/*[local-name() = 'operation']/@soapAction)`),
    version: version === SOAP_12 ? '1.2' : '1.1',
    qualified:
      ask(`string(//${named('schema')}[${named('element')}[@name = '${operation}']]/@elementFormDefault)`) !==
      'unqualified',
  };
};

const unknown = (operation: string, first: string): BotError =>
  new BotError(
    `The WSDL has no SOAP operation "${excerpt(operation)}"${first === '' ? '' : `; it has "${excerpt(first)}" and maybe others`}. Letter case matters.`,
  );
