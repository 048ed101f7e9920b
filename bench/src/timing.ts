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
