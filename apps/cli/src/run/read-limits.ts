import { createOutgoingRules } from '@signalbox/actions';
import type { OutgoingRules, Target } from '@signalbox/taskbot';
import { UsageError } from '../command.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };
/** What a real-time API Task has (contract bots §4). */
const API_TASK_LIMIT_MS = 60_000;

/** `90s`, `5m`, `1h`, `500ms`; a number alone is seconds. API Tasks end after a minute when nobody says otherwise. */
export function readTimeLimit(text: string | undefined, target: Target): number | undefined {
  if (text === undefined) return target === 'anywhere' ? API_TASK_LIMIT_MS : undefined;
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|min|h)?$/.exec(text.trim()) ?? [];
  const milliseconds = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  throw new UsageError(`Expected --time-limit as 90s, 5m or 1h, but got "${text}"`);
}

/** What a bot may call: `public,private` as on a server, or what `--allow` says; undefined for `none`. */
export function readAllow(text: string | undefined): OutgoingRules | undefined {
  if (text === undefined) return createOutgoingRules();
  const allow = text.split(',').map((part) => part.trim());
  if (allow.length === 1 && allow[0] === 'none') return undefined;
  try {
    return createOutgoingRules({ allow });
  } catch (cause) {
    throw new UsageError(`--allow: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
