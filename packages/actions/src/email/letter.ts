import type { Address } from 'postal-mime';

/** As a header shows them: `Ada <ada@example.com>, bo@example.com`. Groups give their members. */
export const formatAddresses = (addresses: readonly Address[]): string =>
  mailboxes(addresses).map(formatted).join(', ');

export const mailboxes = (addresses: readonly Address[]): { name: string; address: string }[] =>
  addresses.flatMap((one) => {
    if (one.group !== undefined) return mailboxes(one.group);
    return one.address === undefined || one.address === '' ? [] : [{ name: one.name, address: one.address }];
  });

const formatted = ({ name, address }: { name: string; address: string }): string =>
  name === '' ? address : `${/[",;<>@]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name} <${address}>`;
