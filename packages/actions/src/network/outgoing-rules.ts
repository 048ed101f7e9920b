import { networkInterfaces } from 'node:os';
import type { OutgoingRules } from '@signalbox/taskbot';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

export const ADDRESS_GROUPS = ['public', 'private', 'loopback'] as const;
export type AddressGroup = (typeof ADDRESS_GROUPS)[number];

export interface OutgoingOptions {
  /** Groups or CIDRs that bots may call. Default: public and private. */
  readonly allow?: readonly (AddressGroup | (string & {}))[];
  /** CIDRs that they may not, whatever is allowed. */
  readonly deny?: readonly string[];
  /**
   * Single doors that stay shut, such as the server's own database. `localhost` and every address of this machine are one
   * house: a door of it is shut under all its addresses. Other names are resolved by whoever configures this.
   */
  readonly denyEndpoints?: readonly { readonly address: string; readonly port: number }[];
}

/** Where clouds hand the machine's own keys to whoever asks. The link-local ones (169.254.169.254) go with their kind. */
const METADATA = ['100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', 'fd00:ec2::/32', 'fd20:ce::/32'];

type Kind = AddressGroup | 'never' | 'special';

const KINDS: Readonly<Record<string, Kind>> = {
  unicast: 'public',
  as112: 'public',
  as112v6: 'public',
  amt: 'public',
  private: 'private',
  carrierGradeNat: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  unspecified: 'never',
  broadcast: 'never',
  multicast: 'never',
  linkLocal: 'never',
};

/**
 * Rules by address. What no option opens: link-local and metadata addresses, multicast, broadcast, the unspecified one.
 * An IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4) is judged as what is inside, since that is who answers.
 * Ranges of documentation, benchmarks and tunnels are open only when a CIDR in `allow` names them.
 *
 * @throws Error when an option is no group, CIDR or address
 */
export const createOutgoingRules = (options: OutgoingOptions = {}): OutgoingRules => {
  const allow = options.allow ?? ['public', 'private'];
  const groups = new Set<string>(allow.filter(isGroup));
  const allowed = allow.filter((each) => !isGroup(each)).map(rangeOf);
  const denied = (options.deny ?? []).map(rangeOf);
  const metadata = METADATA.map(rangeOf);
  const doors = (options.denyEndpoints ?? []).map(({ address, port }) => ({ address: endpointAddress(address), port }));

  return {
    refusal: (text, port) => {
      const outside = parse(text);
      if (outside === undefined) return `"${text}" is not a numeric address`;
      const address = inside(outside);
      const kind = KINDS[address.range()] ?? 'special';
      if (kind === 'never' || isIn(address, metadata)) {
        return `${text} is a link-local, metadata, multicast or unspecified address, which no bot may call`;
      }
      if (isIn(address, denied)) return `${text} is in a range that the administrator closed to bots`;
      if (doors.some((door) => door.port === port && isSameHouse(door.address, address))) {
        return `port ${port} of ${text} is closed to bots`;
      }
      if (isIn(address, allowed) || groups.has(kind)) return undefined;
      return `${text} is a ${kind === 'special' ? 'reserved' : kind} address, and the administrator has not opened those to bots`;
    },
  };
};

const isGroup = (text: string): text is AddressGroup => (ADDRESS_GROUPS as readonly string[]).includes(text);

const parse = (text: string): Address | undefined => {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  // The strict four-part form only: everything else that some resolver may take for an address is none here.
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return bare.includes(':') && ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : undefined;
};

/** The address that answers: the IPv4 one inside an IPv6 wrapping, else itself. */
const inside = (address: Address): Address => {
  if (address instanceof ipaddr.IPv4) return address;
  const bytes = address.toByteArray();
  const zero = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0);
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return new ipaddr.IPv4(bytes.slice(12));
    case 'rfc6052':
      // A network's own prefix (64:ff9b:1::) may carry the address in another place, so such a one stays unopened.
      return zero(4, 12) ? new ipaddr.IPv4(bytes.slice(12)) : address;
    case '6to4':
      return new ipaddr.IPv4(bytes.slice(2, 6));
    case 'unspecified':
    case 'loopback':
      return address;
    default:
      // The old form ::a.b.c.d, which some systems still take.
      return zero(0, 12) ? new ipaddr.IPv4(bytes.slice(12)) : address;
  }
};

const rangeOf = (text: string): Range => {
  const [base, bits] = text.split('/');
  const address = parse(base ?? '');
  const whole = address?.kind() === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? whole : Number(bits);
  if (address && /^(\d+)?$/.test(bits ?? '') && bits !== '' && length <= whole) return [address, length];
  throw new Error(
    `Expected ${ADDRESS_GROUPS.join(', ')}, an address or a CIDR such as 10.0.0.0/8, but got "${text}". Names are not addresses.`,
  );
};

const isIn = (address: Address, ranges: readonly Range[]): boolean =>
  // ipaddr.js compares like with like only.
  ranges.some(([base, length]) =>
    address instanceof ipaddr.IPv4
      ? base instanceof ipaddr.IPv4 && address.match(base, length)
      : base instanceof ipaddr.IPv6 && address.match(base, length),
  );

const endpointAddress = (text: string): Address => {
  const address = parse(text.toLowerCase() === 'localhost' ? '127.0.0.1' : text);
  if (address) return inside(address);
  throw new Error(
    `Expected a numeric address or localhost for an endpoint to close, but got "${text}". Resolve it first.`,
  );
};

/** A server bound to all addresses answers under each of the machine's. They are asked anew: interfaces come and go. */
const isSameHouse = (door: Address, address: Address): boolean => {
  const same = (one: Address) => one.toNormalizedString() === address.toNormalizedString();
  if (same(door)) return true;
  const own = ownAddresses();
  const isOwn = (one: Address) =>
    one.range() === 'loopback' || own.some((each) => each.toNormalizedString() === one.toNormalizedString());
  return (isOwn(door) || door.range() === 'unspecified') && isOwn(address);
};

const ownAddresses = (): Address[] =>
  Object.values(networkInterfaces()).flatMap((each) => each?.flatMap(({ address }) => parse(address) ?? []) ?? []);
