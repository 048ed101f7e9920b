import { readToken, renderError } from '../automation-anywhere/wire.ts';
import type { Wire } from '../operation.ts';
import { closeSession } from './close-session.ts';
import { getBundle } from './get-bundle.ts';
import { getCredential } from './get-credential.ts';
import { getRobot } from './get-robot.ts';
import { getRunBundle } from './get-run-bundle.ts';
import { heartbeat } from './heartbeat.ts';
import { openSession } from './open-session.ts';
import { putArtifact } from './put-artifact.ts';
import { registerRunner } from './register.ts';
import { report } from './report.ts';
import { reportRuns } from './report-runs.ts';
import { takeWork } from './take-work.ts';

/**
 * Our own wire to runners: plain HTTP with a long poll, because it must pass every proxy. A runner shows its key in
 * `Authorization`, and names its session in every call. docs/reference/runner-protocol.md tells the whole story.
 */
export const runnerWire: Wire = {
  name: 'runner',
  token: readToken,
  renderError,
  operations: [
    registerRunner,
    openSession,
    takeWork,
    report,
    reportRuns,
    heartbeat,
    closeSession,
    getBundle,
    getRunBundle,
    getRobot,
    putArtifact,
    getCredential,
  ],
};
