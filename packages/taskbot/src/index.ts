export { type BuiltIn, builtIns } from './built-in.ts';
export type { Target } from './compile/context.ts';
export { type Problem, type ProblemCode, type Severity, severityOf } from './compile/problem.ts';
export type { ResolveBot } from './compile/program.ts';
export * from './compile-bot.ts';
export * from './conversion.ts';
export * from './date-text.ts';
export * from './declaration.ts';
export { type Need, needOf } from './desktop.ts';
export * from './document/document-error.ts';
export * from './document/edit-bot.ts';
export * from './document/model.ts';
export { type DocumentLimits, readBot } from './document/read-bot.ts';
export { readValue } from './document/read-value.ts';
export { type Arithmetic, calculate, type Operator, parseArithmetic } from './expression/arithmetic.ts';
export { divide, minus, plus, times } from './expression/decimal.ts';
export { parseExpression } from './expression/parse.ts';
export { printExpression } from './expression/print.ts';
export * from './expression/syntax.ts';
export { decodePercent, pathOfBot, pathOfFile } from './file-path.ts';
export * from './json.ts';
export { createRedactor, REDACTED, type Redactor, redactJson, SHORTEST_SECRET } from './redaction.ts';
export * from './registry.ts';
export type { Limits, RunHost } from './run/run.ts';
export { type Progress, RunControl } from './run/run-control.ts';
export type { RunError, RunOptions, RunResult } from './run/run-unit.ts';
export { OpenSessions } from './run/sessions.ts';
export {
  DEEPEST_VALUE,
  DEFAULT_SIZE_LIMITS,
  requireItemCount,
  requireTextLength,
  type SizeLimits,
} from './size-limits.ts';
export { Store, StoreKey } from './store.ts';
export { printTypedValue, readGlobalValues, readTypedValue, TypedValueError } from './typed-value.ts';
export * from './value.ts';
export { type WorkItem, workItemVariables } from './work-item.ts';
