import type { Logger } from '../../kernel/log.ts';
import type { TakenJob } from './job.ts';
import type { Jobs } from './jobs.ts';

/** Written this often: people look at it, nothing depends on it. */
const EVERY_MS = 500;
const LOGGED_EVERY_MS = 10_000;

export interface Progress {
  /** One entry more is done. */
  step(): Promise<void>;
}

export function createProgress(jobs: Jobs, log: Logger, job: TakenJob, total: number): Progress {
  let done = 0;
  let written = 0;
  let logged = Date.now();
  return {
    async step() {
      done++;
      if (done > 1 && Date.now() - written < EVERY_MS) return;
      written = Date.now();
      if (written - logged >= LOGGED_EVERY_MS) {
        logged = written;
        log.info({ job: job.id, type: job.type, done, total }, 'A job goes on.');
      }
      await jobs.progress(job, done, total);
    },
  };
}
