import { readFileSync } from 'node:fs';
import { BotCredential, BotError, type CredentialReference } from '@signalbox/taskbot';
import { UsageError } from '../command.ts';
import { readPair } from './read-pair.ts';

const LARGEST = 1_000_000;

export type FindCredential = (reference: CredentialReference) => BotCredential;

/**
 * The vault of one run: `Locker.Credential.attribute=env:NAME` or `=file:path`. Never the secret itself, for a command line is
 * in the shell's history and in the list of processes. A variable is taken out of the environment, so that scripts
 * which the bot starts do not inherit it.
 *
 * @throws UsageError without any secret in it
 */
export function readCredentials(options: readonly string[], env: NodeJS.ProcessEnv): FindCredential {
  const known = new Map<string, BotCredential>();
  const used = new Set<string>();
  for (const option of options) {
    const [name, source] = readPair('--credential', option);
    if (name.split('.').length < 2) {
      throw new UsageError(`Expected --credential Locker.Credential.attribute=…, but got "${name}"`);
    }
    const secret = readSecret(name, source, env, used);
    known.set(name.toLowerCase(), new BotCredential(() => secret));
  }
  for (const name of used) delete env[name];
  return ({ lockerName, name, attributeName }) => {
    const parts = [lockerName, name, attributeName].filter((part) => part !== '');
    const found = known.get(parts.join('.').toLowerCase()) ?? known.get(`${name}.${attributeName}`.toLowerCase());
    if (found !== undefined) return found;
    throw new BotError(
      `The credential ${parts.join('.')} is not known to this run. Give it with --credential ${parts.join('.')}=env:NAME or =file:path`,
    );
  };
}

function readSecret(name: string, source: string, env: NodeJS.ProcessEnv, used: Set<string>): string {
  const [, kind, place] = /^(env|file):(.+)$/s.exec(source) ?? [];
  if (kind === 'env' && place !== undefined) {
    const value = env[place];
    if (value === undefined) throw new UsageError(`--credential ${name}: the environment has no variable ${place}`);
    used.add(place);
    return value;
  }
  if (kind === 'file' && place !== undefined) return readSecretFile(`--credential ${name}`, place);
  // What stands there may be the secret itself: it is not repeated.
  throw new UsageError(
    `--credential ${name}: expected env:NAME or file:path behind the equals sign, not the secret itself`,
  );
}

/** The first thing in a file of a secret, without the line end that editors put behind it. */
export function readSecretFile(option: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${option}: ${path} cannot be read`, { cause });
  }
  if (text.length > LARGEST) throw new UsageError(`${option}: ${path} is too large for a secret`);
  return text.replace(/\r?\n$/, '');
}
