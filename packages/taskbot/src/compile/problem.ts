export type ProblemCode =
  | 'unknown-command'
  | 'unknown-condition'
  | 'unknown-iterator'
  | 'unknown-function'
  | 'unknown-package-variable'
  | 'undefined-variable'
  | 'constant-variable'
  | 'missing-bot'
  | 'missing-attribute'
  | 'missing-condition'
  | 'bad-expression'
  | 'bad-value'
  | 'needs-desktop'
  | 'device-only'
  | 'break-outside-loop'
  | 'misplaced-branch';

/** Why a bot cannot run, found before anything of it did. */
export interface Problem {
  /** The bot's path; a sub-bot's own when the problem is in it. */
  readonly botPath: string;
  /** Editor line; 0 when it is about a variable's default. */
  readonly line: number;
  readonly code: ProblemCode;
  readonly message: string;
  /** What the line names, where that is what is wrong. */
  readonly packageName?: string;
  readonly command?: string;
}
