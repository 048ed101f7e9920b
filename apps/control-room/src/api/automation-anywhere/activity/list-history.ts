import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { MODULE } from './module.ts';
import { RunAnswer, renderHistory } from './render.ts';

export const listHistory = operation({
  name: 'listActivityHistory',
  summary: 'List runs that have ended',
  description: 'Also those that were put away, by the names of the older history (jobName, jobExecutionStatus …).',
  module: MODULE,
  method: 'POST',
  path: '/activity/history/list',
  versions: [{ name: 'v1' }],
  provenance: 'observed',
  access: 'caller',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(RunAnswer), description: 'One page of runs.' },
  handle: async ({ caller, body }, { runs, tenant }) => {
    const request = readListRequest(body);
    return renderList(await runs.activity.list(caller, request, 'HISTORY'), request, (run) =>
      renderHistory(run, tenant.tenantUuid),
    );
  },
});
