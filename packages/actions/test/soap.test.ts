import { BotCredential, type BotValue } from '@signalbox/taskbot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, callingHost, serve, type TestServer } from './network-support.ts';
import { act, type TestHost, testHost } from './support.ts';

const ENVELOPE_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const ENVELOPE_12 = 'http://www.w3.org/2003/05/soap-envelope';
const answered = (inner: string, uri = ENVELOPE_11) =>
  `<s:Envelope xmlns:s="${uri}"><s:Body>${inner}</s:Body></s:Envelope>`;

let server: TestServer;
let host: TestHost;
let last: { url: string; headers: Readonly<Record<string, unknown>>; body: string };
beforeAll(async () => {
  server = await serve(async (asked, answer) => {
    last = { url: asked.url ?? '', headers: asked.headers, body: await bodyOf(asked) };
    answer.setHeader('content-type', 'text/xml; charset=utf-8');
    if (asked.url === '/fault') {
      answer
        .writeHead(500)
        .end(answered('<s:Fault><faultcode>s:Client</faultcode><faultstring>No such order</faultstring></s:Fault>'));
    } else if (asked.url === '/fault12') {
      answer
        .writeHead(400)
        .end(
          answered(
            '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Bad</s:Text></s:Reason></s:Fault>',
            ENVELOPE_12,
          ),
        );
    } else if (asked.url === '/html') answer.writeHead(502).end('<html>Bad gateway</p>');
    else if (asked.url === '/calc?wsdl') answer.end(wsdl(server.url));
    else if (asked.url === '/inside?wsdl') answer.end(wsdl('http://169.254.169.254'));
    else answer.end(answered('<AddResponse xmlns="urn:calc"><AddResult>5</AddResult></AddResponse>'));
  });
});
afterAll(() => server.close());
beforeEach(() => {
  host = callingHost();
});

const soap = async (input: Readonly<Record<string, BotValue>>, on: TestHost = host) => {
  const answer = await act('SOAP.soapCall', { uri: `${server.url}/calc`, ...input }, on);
  if (answer instanceof Map) return answer;
  throw new Error('no dictionary');
};
const add = {
  operation: 'Add',
  namespace: 'urn:calc',
  soapAction: 'urn:calc/Add',
  parameters: new Map([
    ['a', 2],
    ['b', 3],
  ]),
};
const body = (call: string, uri = ENVELOPE_11) =>
  `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${uri}"><soap:Body>${call}</soap:Body></soap:Envelope>`;

describe('SOAP', () => {
  it('calls an operation by SOAP 1.1', async () => {
    const answer = await soap(add);
    expect(answer.get('Result')).toBe('5');
    expect(answer.get('Status Code')).toBe(200);
    expect(answer.get('Body')).toContain('<AddResult>5</AddResult>');
    expect(last.body).toBe(body('<Add xmlns="urn:calc"><a>2</a><b>3</b></Add>'));
    expect(last.headers).toMatchObject({ soapaction: '"urn:calc/Add"', 'content-type': 'text/xml; charset=utf-8' });
  });

  it('calls an operation by SOAP 1.2', async () => {
    await soap({ ...add, soapVersion: 'SOAP 1.2' });
    expect(last.body).toBe(body('<Add xmlns="urn:calc"><a>2</a><b>3</b></Add>', ENVELOPE_12));
    expect(last.headers).not.toHaveProperty('soapaction');
    expect(last.headers['content-type']).toBe('application/soap+xml; charset=utf-8; action="urn:calc/Add"');
  });

  it('writes structures, lists and whatever a text holds', async () => {
    const parameters = new Map<string, BotValue>([
      [
        'order',
        new Map<string, BotValue>([
          ['id', '<1> & "2"'],
          ['line', ['a', 'b']],
        ]),
      ],
      ['password', new BotCredential(() => 'hunter2')],
    ]);
    await soap({
      ...add,
      parameters,
      qualifiedParameters: 'false',
      soapHeader: '<t:Token xmlns:t="urn:t">x</t:Token>',
    });
    expect(last.body).toContain(
      '<soap:Header><t:Token xmlns:t="urn:t">x</t:Token></soap:Header><soap:Body><m:Add xmlns:m="urn:calc"><order><id>&lt;1&gt; &amp; &quot;2&quot;</id><line>a</line><line>b</line></order><password>hunter2</password></m:Add>',
    );
  });

  it('takes parameters as rows, as Rest does', async () => {
    const row = (name: string, value: BotValue, enabled: BotValue = true) =>
      new Map<string, BotValue>([
        ['enabled', enabled],
        ['name', name],
        ['value', value],
      ]);
    await soap({ ...add, parameters: [row('a', 1), row('c', 9, false)] });
    expect(last.body).toContain('<Add xmlns="urn:calc"><a>1</a></Add>');
  });

  it('sends a whole envelope as it is', async () => {
    const envelope = answered('<x/>', ENVELOPE_12);
    await soap({ requestType: 'envelope', envelope });
    expect(last.body).toBe(envelope);
    expect(last.headers['content-type']).toBe('application/soap+xml; charset=utf-8');
  });

  it('fails with the fault, or captures it', async () => {
    await expect(soap({ ...add, uri: `${server.url}/fault` })).rejects.toThrow(/fault s:Client: No such order/);
    await expect(soap({ ...add, uri: `${server.url}/fault12` })).rejects.toThrow(/fault s:Sender: Bad/);
    await expect(soap({ ...add, uri: `${server.url}/html` })).rejects.toThrow(/answered 502/);
    const answer = await soap({ ...add, uri: `${server.url}/fault`, captureFailureResponse: true });
    expect(answer.get('Status Code')).toBe(500);
    expect(answer.get('Body')).toContain('No such order');
  });

  it('reads the rest from a WSDL', async () => {
    const { parameters } = add;
    expect(
      (await soap({ uri: '', wsdlUri: `${server.url}/calc?wsdl`, operation: 'Add', parameters })).get('Result'),
    ).toBe('5');
    expect(last.url).toBe('/service');
    expect(last.headers.soapaction).toBe('"urn:calc/DoAdd"');
    expect(last.body).toContain('<Add xmlns="urn:calc:types"><a>2</a><b>3</b></Add>');
    await expect(soap({ wsdlUri: `${server.url}/calc?wsdl`, operation: 'Sub' })).rejects.toThrow(
      /no SOAP operation "Sub"; it has "Add"/,
    );
  });

  it('goes nowhere that the rules forbid, be it for the WSDL or to where a WSDL leads', async () => {
    await expect(soap({ uri: '', wsdlUri: 'http://169.254.169.254/?wsdl', operation: 'Add' })).rejects.toThrow(
      /no bot may call/,
    );
    await expect(soap({ uri: '', wsdlUri: `${server.url}/inside?wsdl`, operation: 'Add' })).rejects.toThrow(
      /no bot may call/,
    );
    await expect(soap(add, testHost())).rejects.toThrow(/may make no calls/);
  });

  it.each([
    [{ operation: '' }, /name of an operation/],
    [{ operation: 'a b' }, /name that XML allows/],
    [{ requestType: 'envelope' }, /an envelope/],
    [{ soapVersion: '2.0' }, /version 1.1 or 1.2/],
    [{ soapAction: 'a"\r\nX: y' }, /quote or line end/],
    [{ parameters: 'a=1' }, /dictionary or a list/],
  ])('refuses %o', async (more, message) => {
    await expect(soap({ ...add, ...more })).rejects.toThrow(message);
  });
});

const wsdl = (origin: string) => `<?xml version="1.0"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:calc" targetNamespace="urn:calc">
  <wsdl:types><xs:schema targetNamespace="urn:calc:types" elementFormDefault="qualified"><xs:element name="Add"/></xs:schema></wsdl:types>
  <wsdl:binding name="B12" type="t:Calc"><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Add"><soap12:operation soapAction="urn:other"/></wsdl:operation></wsdl:binding>
  <wsdl:binding name="B" type="t:Calc"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Add"><soap:operation soapAction="urn:calc/DoAdd"/></wsdl:operation></wsdl:binding>
  <wsdl:service name="S"><wsdl:port name="P12" binding="t:B12"><soap12:address location="${origin}/service12"/></wsdl:port><wsdl:port name="P" binding="t:B"><soap:address location="${origin}/service"/></wsdl:port></wsdl:service>
</wsdl:definitions>`;
