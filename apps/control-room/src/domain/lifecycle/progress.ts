import type { TakenJob } from './job.ts';
import type { Jobs } from './jobs.ts';

/** Written this often: people look at it, nothing depends on it. */
const EVERY_MS = 500;

export interface Progress {
  /** One entry more is done. */
  step(): Promise<void>;
}

export function createProgress(jobs: Jobs, job: TakenJob, total: number): Progress {
  let done = 0;
  let written = 0;
  return {
    async step() {
      done++;
      if (done > 1 && Date.now() - written < EVERY_MS) return;
      written = Date.now();
      await jobs.progress(job, done, total);
    },
  };
}
