import { operation } from '../../operation.ts';
import { LaunchBody, readLaunch } from './launch-body.ts';
import { Receipt } from './request-parts.ts';

/** Deploying a bot (contract a §9.3): to devices, unattended or attended, or as an API Task without one. */
export const deployV4 = operation({
  name: 'deployBot',
  summary: 'Deploy a bot',
  description:
    'Answers at once; the runs are in the activity record, one for each run-as user or device that was chosen. Exactly one of unattendedRequest, attendedRequest and headlessRequest says where. High priority needs the right setautomationpriority.',
  module: 'Bot Deploy',
  method: 'POST',
  path: '/automations/deploy',
  versions: [{ name: 'v4' }],
  provenance: 'documented',
  access: { anyOf: ['repositorymanager.run'] },
  refuses: [404, 412],
  body: LaunchBody,
  answer: {
    status: 200,
    schema: Receipt,
    description: 'The deployment, by which its runs are found in the activity record.',
  },
  handle: ({ caller, body }, { launches }) => launches.now(caller, readLaunch(body)),
});
