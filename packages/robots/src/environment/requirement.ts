import type { Requirement } from './conda-yaml.ts';
import { fitsVersion } from './version.ts';

/** A distribution, and which versions of it will do. */
export interface Wanted {
  /** As it is compared: lower case, with `-`. */
  readonly name: string;
  /** For `fitsVersion`; empty: any. */
  readonly versions: string;
}

/** What a line asks for; or that it asks for nothing to be installed; or that nobody can say without installing. */
export type RequirementMeaning =
  | { readonly kind: 'wanted'; readonly wanted: Wanted }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' };

/** About the running interpreter, for the conditions of a line. */
export interface MarkerFacts {
  readonly pythonVersion: string;
  /** As `sys.platform`. */
  readonly system: string;
}

/** A line of `dependencies`: `python=3.11`, `conda-forge::lxml >=4.9,<5`, `numpy==1.26.4=py311h64a7726_0`. */
export function readCondaRequirement({ text }: Requirement): RequirementMeaning {
  const [, name = '', rest = ''] = /^(?:[^:\s]+::)?([\w.-]+)\s*(.*)$/.exec(text) ?? [];
  if (name === '') return { kind: 'unknown' };
  // The build that may stand behind the version is conda's own matter.
  const versions = rest
    .trim()
    .replace(/^(==?\s*[^=\s,|]+)=\S+$/, '$1')
    .replaceAll(' ', '');
  return { kind: 'wanted', wanted: { name: normalName(name), versions } };
}

/** A line of `pip`: `requests[socks]>=2.31,<3`, `pywin32==306; sys_platform == "win32"`, `--index-url …`. */
export function readPipRequirement({ text }: Requirement, facts: MarkerFacts): RequirementMeaning {
  const line = text.replace(/\s+#.*$/, '');
  if (/^(-r|-e|-c|--requirement|--editable|--constraint)\b/.test(line)) return { kind: 'unknown' };
  if (line.startsWith('-')) return { kind: 'nothing' };
  const [wanted = '', ...markers] = line.split(/\s*;\s*/);
  const [, name = '', rest = ''] = /^([A-Za-z\d][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(wanted) ?? [];
  if (name === '' || /^[:/\\+]/.test(rest) || /\.(whl|zip|gz)$/i.test(name)) return { kind: 'unknown' };
  if (markers.length > 0 && !holds(markers.join(' '), facts)) return { kind: 'nothing' };
  // `name @ https://…`: which version that is stands in no line.
  const versions = rest.startsWith('@') ? '' : rest.replace(/^\((.*)\)$/, '$1').replaceAll(' ', '');
  return { kind: 'wanted', wanted: { name: normalName(name), versions } };
}

/** Names differ neither by letter case nor by what stands between their words. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The usual conditions; one that is not known counts as true, so that what may be needed is looked for. */
function holds(marker: string, facts: MarkerFacts): boolean {
  return marker.split(/\s+or\s+/).some((all) => all.split(/\s+and\s+/).every((one) => holdsOne(one, facts)));
}

const SYSTEM_NAMES: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' };

function holdsOne(condition: string, { pythonVersion, system }: MarkerFacts): boolean {
  const [, name = '', operator = '', value = ''] =
    /^[\s(]*(\w+)\s*(==|!=|>=|<=|>|<)\s*["']([^"']*)["'][\s)]*$/.exec(condition) ?? [];
  const texts: Readonly<Record<string, string>> = {
    sys_platform: system,
    platform_system: SYSTEM_NAMES[system] ?? system,
    os_name: system === 'win32' ? 'nt' : 'posix',
  };
  const text = texts[name];
  if (text !== undefined && operator === '==') return text === value;
  if (text !== undefined && operator === '!=') return text !== value;
  if (name !== 'python_version') return true;
  return fitsVersion(pythonVersion.split('.').slice(0, 2).join('.'), `${operator}${value}`);
}
