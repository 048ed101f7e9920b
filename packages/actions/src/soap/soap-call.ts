import { action, attribute, BotError, type BotValue, type Host } from '@signalbox/taskbot';
import { bodyText, type HttpRequest, httpCall } from '../network/index.ts';
import { callAttributes } from '../rest/attributes.ts';
import { type CallInput, callRequest } from '../rest/call-request.ts';
import { answerBytes, answerDictionary } from '../rest/rest-call.ts';
import { readAnswer } from './answer.ts';
import { envelopeOf, type SoapVersion, versionOf } from './envelope.ts';
import { describedIn } from './wsdl.ts';

/**
 * A whole envelope, or an operation with parameters; the address, namespace and SOAPAction given, or read from a WSDL. No
 * real document with this package is known, so its names are [inferred]; the call itself is that of Rest. Answers a
 * dictionary: `Body` (the whole answer), `Result` (the text in it), `Status Code`, `Reason Phrase`, `Headers`.
 */
export const soapCall = action({
  package: 'SOAP',
  name: 'soapCall',
  alias: ['soap', 'soapWebService', 'invoke'],
  summary: 'Calls an operation of a SOAP web service.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: {
    ...callAttributes,
    wsdlUri: attribute.text({
      alias: ['wsdl', 'wsdlUrl'],
      note: 'Says what is not given here. Fetched with the same login.',
    }),
    requestType: attribute.choice(['parameters', 'envelope'], { alias: ['inputType'] }),
    envelope: attribute.text({ alias: ['requestBody', 'rawEnvelope'] }),
    soapVersion: attribute.text({ note: '1.1 or 1.2; 1.1 when neither this nor a WSDL says it.' }),
    operation: attribute.text({ alias: ['operationName', 'method'] }),
    namespace: attribute.text({ alias: ['targetNamespace'] }),
    soapAction: attribute.text(),
    qualifiedParameters: attribute.text({
      note: 'true or false: whether parameters stand in the namespace. Usually true.',
    }),
    parameters: attribute.any({ note: 'A dictionary, or a list of dictionaries with name, value and enabled.' }),
    soapHeader: attribute.text({ note: 'XML for the header of the envelope.' }),
  },
  returns: 'DICTIONARY',
  run: async (input, host) => {
    const call = await prepared(input, host);
    return httpCall(call, host, async (answer) => {
      const text = bodyText(await answerBytes(answer), answer.headers['content-type'] ?? '');
      const read = await readAnswer(text);
      const said = read?.fault;
      if (!input.captureFailureResponse) {
        if (said)
          throw new BotError(`${answer.shown} answered with the fault ${said.code}: ${said.text.slice(0, 1000)}`);
        if (answer.status < 200 || answer.status > 299) {
          throw new BotError(
            `${answer.shown} answered ${answer.status} ${answer.reason}: ${text.trim().slice(0, 300)}. Capture the failure response to handle it in the bot.`,
          );
        }
      }
      return answerDictionary(answer, text).set('Result', read?.result ?? '');
    });
  },
});

interface SoapInput extends CallInput {
  readonly wsdlUri: string;
  readonly requestType: 'parameters' | 'envelope';
  readonly envelope: string;
  readonly soapVersion: string;
  readonly operation: string;
  readonly namespace: string;
  readonly soapAction: string;
  readonly qualifiedParameters: string;
  readonly parameters: BotValue;
  readonly soapHeader: string;
}

const prepared = async (input: SoapInput, host: Host): Promise<HttpRequest> => {
  const raw = input.requestType === 'envelope';
  const operation = input.operation.trim();
  if (raw ? input.envelope.trim() === '' : operation === '') {
    throw new BotError(`Expected ${raw ? 'an envelope' : 'the name of an operation'} to send, but got an empty text.`);
  }
  const described = input.wsdlUri.trim() === '' ? undefined : await describedIn(await wsdlOf(input, host), operation);
  const version =
    requireVersion(input.soapVersion) ?? (raw ? versionOf(input.envelope) : (described?.version ?? '1.1'));
  const envelope = raw
    ? input.envelope
    : envelopeOf({
        version,
        name: operation,
        namespace: input.namespace.trim() || (described?.namespace ?? ''),
        qualified:
          input.qualifiedParameters === '' ? (described?.qualified ?? true) : /^true$/i.test(input.qualifiedParameters),
        parameters: input.parameters,
        header: input.soapHeader,
      });
  const soapAction = input.soapAction.trim() || (described?.soapAction ?? '');
  if (/["\r\n]/.test(soapAction))
    throw new BotError('The SOAPAction has a quote or line end. Check the variable in it.');
  const uri = input.uriOption === 'text' && input.uri.trim() === '' ? (described?.address ?? '') : input.uri;
  const contentType =
    version === '1.1'
      ? 'text/xml; charset=utf-8'
      : `application/soap+xml; charset=utf-8${soapAction === '' ? '' : `; action="${soapAction}"`}`;
  const request = callRequest('POST', { ...input, uri }, { contentType, bytes: Buffer.from(envelope) });
  // SOAP 1.1 wants the header also when there is nothing to say in it.
  return version === '1.1' ? { ...request, headers: [...request.headers, ['SOAPAction', `"${soapAction}"`]] } : request;
};

const wsdlOf = async (input: SoapInput, host: Host): Promise<string> => {
  const request = callRequest('GET', { ...input, uriOption: 'text', uri: input.wsdlUri }, undefined);
  return httpCall(request, host, async (answer) => {
    if (answer.status !== 200)
      throw new BotError(`The WSDL was not found: ${answer.shown} answered ${answer.status} ${answer.reason}.`);
    return bodyText(await answerBytes(answer), answer.headers['content-type'] ?? '');
  });
};

const requireVersion = (text: string): SoapVersion | undefined => {
  const version = text.replace(/[^\d.]/g, '');
  if (version === '') return undefined;
  if (version === '1.1' || version === '1.2') return version;
  throw new BotError(`Expected the SOAP version 1.1 or 1.2, but got "${text.slice(0, 20)}".`);
};
