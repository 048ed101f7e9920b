/** A version as Python distributions have them, ready to be compared. Local parts (`+cu118`) do not count. */
interface Version {
  readonly epoch: number;
  readonly release: readonly number[];
  /** Where it stands beside its release: dev, alpha, beta, candidate, the release itself, post. */
  readonly stage: readonly [kind: number, number: number];
  /** A development version comes before what it develops. */
  readonly dev: number;
}

const FORM =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:(?:[-_.]?(post|rev|r)[-_.]?(\d*))|-(\d+))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+.*)?$/i;
const PRE: Readonly<Record<string, number>> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 };
const RELEASE = 4;
const POST = 5;

/**
 * Whether a version fits what is asked for: `==1.2`, `>=1.2,<2`, `~=1.2.3`, `!=1.4.*`, and conda's `=1.2` (any 1.2.x) and `|` (or).
 * Nothing asked for fits all. What cannot be read fits only itself.
 */
export function fitsVersion(version: string, asked: string): boolean {
  return asked.split('|').some((all) => all.split(',').every((one) => fitsOne(version.trim(), one.trim())));
}

function fitsOne(version: string, asked: string): boolean {
  if (asked === '' || asked === '*') return true;
  const [, operator = '', wanted = ''] = /^(===|==|=|~=|!=|>=|<=|>|<)?\s*(.*)$/.exec(asked) ?? [];
  if (operator === '===') return version === wanted;
  if (operator === '!=') return !isSame(version, wanted);
  if (operator === '==') return isSame(version, wanted);
  // Conda's own, and a bare version: everything that begins with it.
  if (operator === '=' || operator === '') return beginsWith(version, wanted.replace(/\.?\*$/, ''));
  const order = compareVersions(version, wanted.replace(/\.\*$/, ''));
  if (order === undefined) return version === wanted;
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  // `~=1.2.3` is 1.2.3 or later of 1.2.
  return order >= 0 && (operator === '>=' || beginsWith(version, wanted.split('.').slice(0, -1).join('.')));
}

function isSame(version: string, wanted: string): boolean {
  if (wanted.endsWith('.*')) return beginsWith(version, wanted.slice(0, -2));
  return (compareVersions(version, wanted) ?? (version === wanted ? 0 : 1)) === 0;
}

function beginsWith(version: string, wanted: string): boolean {
  if (wanted === '') return true;
  const [have, want] = [readVersion(version), readVersion(wanted)];
  if (!have || !want) return version === wanted || version.startsWith(`${wanted}.`);
  if (want.stage[0] !== RELEASE) return compareVersions(version, wanted) === 0;
  return have.epoch === want.epoch && want.release.every((part, at) => part === (have.release[at] ?? 0));
}

/** Below zero when `one` is the older; undefined when one of them cannot be read. */
function compareVersions(one: string, other: string): number | undefined {
  const [a, b] = [readVersion(one), readVersion(other)];
  if (!a || !b) return undefined;
  const length = Math.max(a.release.length, b.release.length);
  const steps = [
    a.epoch - b.epoch,
    ...Array.from({ length }, (_, at) => (a.release[at] ?? 0) - (b.release[at] ?? 0)),
    a.stage[0] - b.stage[0],
    a.stage[1] - b.stage[1],
    a.dev - b.dev,
  ];
  // Infinity less itself is no number: both are no development versions.
  return steps.find((step) => step !== 0 && !Number.isNaN(step)) ?? 0;
}

function readVersion(text: string): Version | undefined {
  const [whole, epoch = '0', release = '', pre, preNumber, post, postNumber, implicitPost, dev, devNumber] =
    FORM.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const isPost = post !== undefined || implicitPost !== undefined;
  // A bare development version comes before its release's first alpha.
  const bareDev = dev !== undefined && pre === undefined && !isPost;
  const kind = bareDev ? 0 : isPost ? POST : pre === undefined ? RELEASE : (PRE[pre.toLowerCase()] ?? RELEASE);
  return {
    epoch: Number(epoch),
    release: release.split('.').map(Number),
    stage: [kind, Number((isPost ? (postNumber ?? implicitPost) : preNumber) || 0)],
    dev: dev === undefined ? Number.POSITIVE_INFINITY : Number(devNumber || 0),
  };
}
