import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { MODULE } from './module.ts';
import { RunAnswer, renderRun } from './render.ts';

export const listActivity = operation({
  name: 'listActivity',
  summary: 'List current and finished runs',
  description: 'One’s own; those of others need the right everyoneschedule. Outputs come along.',
  module: MODULE,
  method: 'POST',
  path: '/activity/list',
  versions: [{ name: 'v2' }, { name: 'v3' }],
  provenance: 'documented',
  access: 'caller',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(RunAnswer), description: 'One page of runs.' },
  handle: async ({ caller, body }, { runs, tenant }) => {
    const request = readListRequest(body);
    return renderList(await runs.activity.list(caller, request), request, (run) => renderRun(run, tenant.tenantUuid));
  },
});
