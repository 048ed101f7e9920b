/** Wake-ups of dispatch: something for this device (a run, a command), or a run for any device of this pool. */
export const DEVICE_RUNS = 'device-runs';
export const POOL_RUNS = 'pool-runs';
/** A run has ended; its UUID. For whoever waits for one. */
export const RUN_ENDED = 'run-ended';
/** A run on demand is to be stopped; its UUID. Whichever server has it does so. */
export const ON_DEMAND_STOP = 'on-demand-stop';
/** Runs of robots wait in a workspace; its number, or * for any. */
export const STEP_RUNS = 'step-runs';
