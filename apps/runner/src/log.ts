import { type Logger, pino, stdTimeFunctions } from 'pino';

export type RunnerLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** JSON lines on standard error; nothing secret is ever handed to it. */
export function createRunnerLog(level: string): RunnerLog {
  return pino(
    {
      level,
      base: { part: 'runner' },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
