import { describe, expect, it } from 'vitest';
import { bodySignature, isFinalRefusal, onDemandSignature, signatureHeaders } from './signature.ts';

describe('the signature of a message', () => {
  it('over the body alone is the known one (contract robocorp §7.1)', () => {
    const known = '51a15e54f3b10f89630292239903d01b22012de847aa2434f0d87422104022a9';
    expect(bodySignature('s3cr3t', '{"id":"e1"}')).toBe(known);
    const signed = { eventId: 'e1', seconds: 1, url: 'https://me.example/rc', body: '{"id":"e1"}' };
    expect(signatureHeaders('body', 's3cr3t', signed)).toEqual([['x-rc-signature', known]]);
  });

  it('for a provisioner of workers is the known one (contract robocorp §10.1)', () => {
    const known = 'a25029ce4bd8a5ae4cd2cb2f39e99b6a6e74d8de04ead7f53a58b8030dacfabe';
    const request = {
      method: 'POST',
      path: '/hook',
      query: '',
      headers: [
        ['content-type', 'application/json'],
        ['host', 'prov.example'],
      ] as const,
      seconds: 1_700_000_000,
      body: '{"type":"status"}',
    };
    expect(onDemandSignature('s3cr3t', request)).toBe(known);
    const signed = {
      eventId: 'e1',
      seconds: 1_700_000_000,
      url: 'https://prov.example/hook',
      body: '{"type":"status"}',
    };
    expect(signatureHeaders('on-demand', 's3cr3t', signed)).toEqual([
      ['x-rc-signature', known],
      ['x-rc-timestamp', '1700000000'],
      ['x-rc-signed-headers', 'content-type;host'],
    ]);
  });

  it('is another one at each attempt where the time is signed', () => {
    const at = (seconds: number) =>
      signatureHeaders('on-demand', 's', { eventId: 'e', seconds, url: 'http://p.example/?a=1', body: '{}' })[0]?.[1];
    expect(at(1)).not.toBe(at(2));
  });

  it('tells which refusals are final', () => {
    expect([400, 403, 404, 500].map((status) => isFinalRefusal('on-demand', status))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isFinalRefusal('body', 400)).toBe(false);
  });
});
