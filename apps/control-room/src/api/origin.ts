import type { CallFacts } from './operation.ts';

/**
 * The address by which the client knows this server: what a proxy says it was, else the host that was asked for. Links in
 * answers must lead where the client has come from (contract robocorp §12 no. 7).
 */
export function originOf({ headers }: Pick<CallFacts, 'headers'>, publicUrl: string): string {
  const one = (name: string): string | undefined => {
    const header = headers[name];
    return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  };
  const host = one('x-forwarded-host') ?? one('host');
  const scheme = one('x-forwarded-proto') ?? new URL(publicUrl).protocol.slice(0, -1);
  const url = host === undefined ? null : URL.parse(`${scheme}://${host}`);
  return url && /^https?:$/.test(url.protocol) ? url.origin : publicUrl;
}
