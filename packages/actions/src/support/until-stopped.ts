/** What a library cannot be told to stop, at least nobody waits for any more. `drop` ends it as far as it can be ended. */
export const untilStopped = <T>(work: Promise<T>, signal: AbortSignal, drop: () => void = () => {}): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => {
    drop();
    reject(signal.reason);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
};
