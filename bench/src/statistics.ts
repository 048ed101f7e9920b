/** The middle one of several rounds: the machine is shared, and one disturbed round must not decide. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** `12345.6` → `12,346` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `3.14159` → `3.1×` */
export function ratio(value: number): string {
  return `${value.toFixed(1)}×`;
}

/** The value below which so large a part of them lies; `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
