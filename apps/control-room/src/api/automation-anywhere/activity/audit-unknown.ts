import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { MODULE } from './module.ts';

export const auditUnknown = operation({
  name: 'auditUnknownRun',
  summary: 'Move a run that is UNKNOWN to the history',
  description: 'The body is the id of the run as plain text, bare or in double quotes.',
  module: MODULE,
  method: 'PUT',
  path: '/activity/auditunknown',
  versions: [{ name: 'v1' }],
  provenance: 'documented',
  access: { anyOf: ['taskscheduling.managemyschedule', 'taskscheduling.manageeveryoneschedule'] },
  body: 'bytes',
  refuses: [404],
  answer: { status: 200, schema: Type.Object({}), description: 'It is in the history.' },
  handle: async ({ caller, body }, { runs }) => {
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    await runs.manage.auditUnknown(caller, (body as Buffer).toString('utf8'));
    return {};
  },
});
