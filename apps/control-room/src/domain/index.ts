import { once } from '../kernel/idempotency.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { createFleet, type Fleet } from './fleet/index.ts';
import type { Identity } from './identity/index.ts';
import { createRepository, type Repository } from './repository/index.ts';
import { createRuns, type Runs } from './runs/index.ts';
import { createWork, type Work } from './work/index.ts';

/** Everything that the wires may call. */
export interface Domain {
  /** Contract b §0.7: an installation is one tenant. */
  readonly tenant: { readonly tenantId: number; readonly tenantUuid: string };
  readonly identity: Identity;
  readonly fleet: Fleet;
  readonly repository: Repository;
  readonly work: Work;
  readonly runs: Runs;
  /** A write that may be repeated under its Idempotency-Key. */
  readonly once: (
    caller: string,
    key: string,
    fingerprint: Buffer,
    work: () => Promise<{ status: number; body: string }>,
  ) => ReturnType<typeof once>;
}

/** Builds the domain from the bottom up: each part is given what stands below it. */
export function createDomain(kernel: Kernel, identity: Identity, tenantUuid: string): Domain {
  const repository = createRepository(kernel);
  const fleet = createFleet(kernel);
  const work = createWork(kernel);
  const runs = createRuns(kernel, work, fleet, repository);
  return {
    tenant: { tenantId: 1, tenantUuid },
    identity,
    fleet,
    repository,
    work,
    runs,
    once: (caller, key, fingerprint, write) => once(kernel, caller, key, fingerprint, write),
  };
}
