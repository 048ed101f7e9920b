import { BotCredential } from '@signalbox/taskbot';

/** The plain text of an attribute that may be a credential: called where the secret is used, and nowhere before. */
export const revealed = (given: BotCredential | string | undefined): string =>
  given instanceof BotCredential ? given.reveal() : (given ?? '');

/** A message of somebody else's library with the secrets taken out that it might repeat. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.filter((secret) => secret.length > 2).reduce((safe, secret) => safe.replaceAll(secret, '********'), text);
