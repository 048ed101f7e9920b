import { execFileSync } from 'node:child_process';

/** There are devices without a Python; tests that need one are skipped there, and say so. */
export function findPython(): boolean {
  return has('python3', 'tests of robots in Python');
}

/** Whether a program is there; else says which tests are skipped. */
export function has(program: string, tests: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`There is no ${program} here: ${tests} are skipped.`);
    return false;
  }
}
