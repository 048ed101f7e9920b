import { automationAnywhereWire } from './automation-anywhere/index.ts';
import type { Wire } from './operation.ts';
import { robocorpLegacyWire, robocorpWire } from './robocorp/index.ts';
import { runnerWire } from './runner/wire.ts';
import type { Vitals } from './signalbox/health.ts';
import { signalboxWire } from './signalbox/wire.ts';
import { transfersWire } from './transfers/transfers.ts';

/** All that the server speaks. The first answers for paths that nobody knows. */
export function allWires(vitals: Vitals = NO_VITALS): readonly Wire[] {
  return [automationAnywhereWire, robocorpWire, robocorpLegacyWire, runnerWire, signalboxWire(vitals), transfersWire];
}

/** For whoever only reads the declarations. */
const NO_VITALS: Vitals = { ready: async () => {}, metrics: async () => ({ contentType: 'text/plain', text: '' }) };
