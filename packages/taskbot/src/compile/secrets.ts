import { BotError, type CredentialReference } from '../declaration.ts';
import type { TypedValue } from '../document/model.ts';
import type { Frame } from '../run/frame.ts';

/** The credentials that a value names, also inside lists, dictionaries, records and tables. */
export function secretsIn(value: TypedValue | undefined): CredentialReference[] {
  switch (value?.kind) {
    case 'credential':
      return [{ name: value.name, lockerName: value.lockerName, attributeName: value.attributeName }];
    case 'list':
      return value.items.flatMap(secretsIn);
    case 'dictionary':
      return value.entries.flatMap((entry) => secretsIn(entry.value));
    case 'record':
      return value.values.flatMap(secretsIn);
    case 'table':
      return value.rows.flatMap((row) => row.flatMap(secretsIn));
    default:
      return [];
  }
}

/**
 * Fetches what a line is about to use, so that the line itself stays synchronous: the vault may be in another process.
 * Each use fetches anew, for a credential may be changed while a bot runs.
 */
export async function fetchSecrets(frame: Frame, references: readonly CredentialReference[]): Promise<void> {
  for (const reference of references) {
    const { credential } = frame.host;
    if (credential === undefined)
      throw new BotError(
        `This run gets no credentials, so "${reference.name}" is not there. Run it where the vault is open to bots`,
      );
    const fetched = await frame.run.await(Promise.resolve(credential(reference)));
    frame.secrets ??= new Map();
    frame.secrets.set(secretKey(reference), fetched);
  }
}

export function secretKey({ lockerName, name, attributeName }: CredentialReference): string {
  return JSON.stringify([lockerName, name, attributeName]);
}
