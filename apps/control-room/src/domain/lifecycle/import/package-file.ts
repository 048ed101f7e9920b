import { error } from '../../../kernel/errors.ts';
import { openDirectory, quote } from './directory.ts';
import type { PlannedPackage } from './plan.ts';

const LARGEST_DESCRIPTOR = 8 * 1024 ** 2;

export interface PackageName {
  readonly name: string;
  readonly version: string;
}

/**
 * Name and version of a package's file, by the `package.json` in it (contract bots §1.13), of which nothing is run.
 * Undefined for a file of something else, as some exports hold.
 *
 * @throws invalid when the manifest calls it something else than it calls itself
 */
export async function nameOfPackage(planned: PlannedPackage, bytes: Buffer): Promise<PackageName | undefined> {
  const own = await describe(bytes, planned.fileName);
  const { name = '', version = '' } = planned;
  if (own === undefined) return name !== '' && version !== '' ? { name, version } : undefined;
  if (name !== '' && (name !== own.name || (version !== '' && version !== own.version))) {
    throw error(
      'invalid',
      `The manifest calls ${quote(planned.fileName)} ${name} ${version}, but it is ${own.name} ${own.version}.`,
    );
  }
  return own;
}

async function describe(bytes: Buffer, fileName: string): Promise<PackageName | undefined> {
  const directory = await openDirectory({
    size: bytes.length,
    ranges: async (from, length) => bytes.subarray(from, from + length),
  }).catch((cause: Error) => {
    throw error('invalid', `The package file ${quote(fileName)} cannot be read: ${cause.message}`);
  });
  const descriptor = directory.get('package.json');
  if (!descriptor || descriptor.size > LARGEST_DESCRIPTOR) return undefined;
  let json: unknown;
  try {
    json = JSON.parse((await descriptor.read()).toString('utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw error('invalid', `The package.json of ${quote(fileName)} is not JSON.`, { cause });
  }
  const { name, packageVersion, version } = (json ?? {}) as Record<string, unknown>;
  const number = typeof packageVersion === 'string' ? packageVersion : version;
  return typeof name === 'string' && name !== '' && typeof number === 'string' && number !== ''
    ? { name, version: number }
    : undefined;
}
