/** What a robot is to run on, in the words of robot.yaml's file names. */
export interface Platform {
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly architecture: 'amd64' | 'arm64';
}

const SYSTEMS: Readonly<Record<string, Platform['os']>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** Of Node's own words for them (`process.platform`, `process.arch`). What is neither Windows nor a Mac counts as Linux. */
export function platformOf(system: string, architecture: string): Platform {
  return { os: SYSTEMS[system] ?? 'linux', architecture: architecture === 'arm64' ? 'arm64' : 'amd64' };
}

/**
 * Whether something named so is meant for this platform. A name that says a system or an architecture is for that one
 * only; one that says `freeze` has been resolved for exactly one platform, and has to name it.
 */
export function isMeantFor(name: string, { os, architecture }: Platform): boolean {
  const words = name.toLowerCase();
  if (/freeze/.test(baseName(words))) return words.includes(`${os}_${architecture}`);
  const named = (pattern: RegExp): readonly string[] => words.match(pattern) ?? [];
  const systems = named(/windows|linux|darwin/g);
  const architectures = named(/amd64|arm64/g);
  return (
    (systems.length === 0 || systems.includes(os)) &&
    (architectures.length === 0 || architectures.includes(architecture))
  );
}

const baseName = (path: string): string => path.split('/').at(-1) ?? path;
