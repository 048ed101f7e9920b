import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createOutgoingRules } from '../src/index.ts';

const open = createOutgoingRules({ allow: ['public', 'private', 'loopback', '0.0.0.0/0', '::/0'] });
const usual = createOutgoingRules();

describe('outgoing rules', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '2002:a9fe:a9fe::',
    '::169.254.169.254',
    '::ffff:0:a9fe:a9fe',
  ])('never let anybody call %s, whatever is configured', (address) => {
    expect(open.refusal(address, 80)).toMatch(/no bot may call/);
  });

  it.each(['8.8.8.8', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '2a00:1450::1'])(
    'let bots call %s as they come',
    (address) => expect(usual.refusal(address, 443)).toBeUndefined(),
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    'keep %s shut until opened',
    (address) => {
      expect(usual.refusal(address, 80)).toMatch(/loopback/);
      expect(createOutgoingRules({ allow: ['loopback'] }).refusal(address, 80)).toBeUndefined();
    },
  );

  it.each(['198.18.0.1', '2001:0:1::1', '64:ff9b:1:a9fe:a9:fe00::', 'fec0::1', '192.0.2.1'])(
    'open the special address %s to a CIDR only',
    (address) => expect(usual.refusal(address, 80)).toMatch(/reserved/),
  );

  it('open and shut ranges', () => {
    const rules = createOutgoingRules({ allow: ['10.0.0.0/8', '198.18.0.0/15'], deny: ['10.6.0.0/16', 'fd00::/8'] });
    expect(rules.refusal('10.5.0.1', 80)).toBeUndefined();
    expect(rules.refusal('198.18.3.4', 80)).toBeUndefined();
    expect(rules.refusal('10.6.0.1', 80)).toMatch(/closed/);
    expect(rules.refusal('::ffff:10.6.0.1', 80)).toMatch(/closed/);
    expect(rules.refusal('8.8.8.8', 80)).toMatch(/public/);
  });

  it('shut one door of this machine under all its addresses', () => {
    const rules = createOutgoingRules({
      allow: ['public', 'private', 'loopback'],
      denyEndpoints: [
        { address: 'localhost', port: 5432 },
        { address: '10.0.0.7', port: 5433 },
      ],
    });
    const own = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
    for (const address of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1', ...own]) {
      expect(rules.refusal(address, 5432), address).toBeDefined();
    }
    expect(rules.refusal('127.0.0.1', 5433)).toBeUndefined();
    expect(rules.refusal('10.0.0.7', 5433)).toMatch(/closed/);
    expect(rules.refusal('10.0.0.7', 5432)).toBeUndefined();
  });

  it.each(['2130706433', '0x7f.1', '127.1', 'localhost', '1.2.3.4.5', '', '010.0.0.1'])(
    'judge %o to be no address',
    (text) => {
      expect(open.refusal(text, 80)).toMatch(/not a numeric address/);
    },
  );

  it.each([
    { allow: ['example.com'] },
    { deny: ['10.0.0.0/33'] },
    { deny: ['10.0.0.0/'] },
    { denyEndpoints: [{ address: 'db', port: 1 }] },
  ])('refuse to be made of %o', (options) => expect(() => createOutgoingRules(options)).toThrow(/Expected/));
});
