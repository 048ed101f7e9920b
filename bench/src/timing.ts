import { setTimeout as pause } from 'node:timers/promises';

/** Seconds that it took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

/**
 * So many callers do so many calls between them, each its next one as soon as its last is answered.
 *
 * @param call gets the caller's number and the call's
 */
export async function share(
  calls: number,
  callers: number,
  call: (caller: number, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let index = next++; index < calls; index = next++) await call(caller, index);
    }),
  );
}

/** Asks again and again with a limit: of what is waited for here, no event tells. */
export async function until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain until ${what}.`);
    await pause(100);
  }
}
