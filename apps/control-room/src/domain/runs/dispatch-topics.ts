/** Wake-ups of dispatch: something for this device (a run, a command), or a run for any device of this pool. */
export const DEVICE_RUNS = 'device-runs';
export const POOL_RUNS = 'pool-runs';
/** A run has ended; its UUID. For whoever waits for one. */
export const RUN_ENDED = 'run-ended';
