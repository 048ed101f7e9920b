/** What keeps a bot from running. */
export const ERROR_CODES = [
  'unknown-command',
  'unknown-condition',
  'unknown-iterator',
  'unknown-function',
  'unknown-package-variable',
  'undefined-variable',
  'constant-variable',
  'missing-bot',
  'unreadable-bot',
  'missing-attribute',
  'missing-condition',
  'bad-expression',
  'bad-value',
  'type-mismatch',
  'needs-desktop',
  'attended-only',
  'device-only',
  'refused-command',
  'break-outside-loop',
  'misplaced-branch',
  'too-many-problems',
] as const;

/** What a bot may run with, but its author should look at. */
export const WARNING_CODES = ['suspicious-type', 'circular-call', 'unknown-input', 'unknown-output'] as const;

type WarningCode = (typeof WARNING_CODES)[number];
export type ProblemCode = (typeof ERROR_CODES)[number] | WarningCode;
export type Severity = 'error' | 'warning';

/** Why a bot cannot run, or may not do what is meant; found before anything of it did. */
export interface Problem {
  /** The bot's path; a sub-bot's own when the problem is in it. */
  readonly botPath: string;
  /** Editor line; 0 when it is about a variable's default or the whole document. */
  readonly line: number;
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** What was found, and how to mend it. */
  readonly message: string;
  /** What the line names, where that is what is wrong. */
  readonly packageName?: string;
  readonly command?: string;
}

/** More than anyone reads; a broken bot of 100,000 lines must not become a message of 100 megabytes. */
const MOST_PROBLEMS = 200;
const LONGEST_MESSAGE = 1_000;

export function severityOf(code: ProblemCode): Severity {
  return WARNING_CODES.some((warning) => warning === code) ? 'warning' : 'error';
}

/** A problem of its code's severity, with a message of bearable length. */
export function problem(parts: Omit<Problem, 'severity'>): Problem {
  const { message } = parts;
  const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return { ...parts, severity: severityOf(parts.code), message: shown };
}

/** Each once, in their order; of more than 200 the errors go before the warnings, and a last one says how many are left out. */
export function tidyProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  const once = problems.filter(({ botPath, line, code, message }) => {
    const key = JSON.stringify([botPath, line, code, message]);
    return !seen.has(key) && seen.add(key);
  });
  if (once.length <= MOST_PROBLEMS) return once;
  const errors = once.filter(({ severity }) => severity === 'error').slice(0, MOST_PROBLEMS - 1);
  const room = MOST_PROBLEMS - 1 - errors.length;
  const warnings = new Set(once.filter(({ severity }) => severity === 'warning').slice(0, room));
  const kept = once.filter((one) => errors.includes(one) || warnings.has(one));
  const left = once.length - kept.length;
  const rest = `There are ${left} more problems. Mend these first, then check again`;
  return [...kept, problem({ botPath: kept[0]?.botPath ?? '', line: 0, code: 'too-many-problems', message: rest })];
}
