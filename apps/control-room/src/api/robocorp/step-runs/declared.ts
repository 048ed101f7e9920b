import { v1 } from '../wire.ts';

/* Contract robocorp §4.7. */

export const declared = { module: 'Step Runs', versions: v1, provenance: 'documented' } as const;
export const readsOutputs = { workspace: 'Processes.read_run_outputs' } as const;
