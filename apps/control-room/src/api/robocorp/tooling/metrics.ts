import { Type } from 'typebox';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { Text, unversioned } from '../wire.ts';

/* Contract robocorp §9.2: what tools tell of themselves. Nothing of it is kept: nobody here asked for it. */

const declared = { module: 'Tools', versions: unversioned, provenance: 'observed', access: 'anyone' } as const;

/** A batch is a few kilobytes; who is nobody sends no more. */
const MOST_BYTES = 256 * 1024;

const putMetric = operation({
  ...declared,
  name: 'putToolMetric',
  summary: 'Take a figure of a tool, and drop it',
  method: 'PUT',
  path: '/metric-v1/{kind}/{timestamp}/{id}/{name}/{value}',
  params: Type.Object({ kind: Text, timestamp: Text, id: Text, name: Text, value: Text }),
  body: 'bytes',
  bodyLimit: MOST_BYTES,
  answer: { status: 200, schema: Type.Object({ kept: Type.Boolean() }), description: 'That it was not kept.' },
  handle: () => ({ kept: false }),
});

const putMetrics = operation({
  ...declared,
  name: 'putToolMetrics',
  summary: 'Take many figures of a tool, and drop them',
  method: 'PUT',
  path: '/metric-v1/batch',
  body: 'bytes',
  bodyLimit: MOST_BYTES,
  answer: { status: 202, schema: Type.Object({ kept: Type.Boolean() }), description: 'That they were not kept.' },
  handle: () => ({ kept: false }),
});

const reportIssue = operation({
  ...declared,
  name: 'reportToolIssue',
  summary: 'Refuse the report of a tool’s trouble',
  description:
    'Such a report comes from nobody known, with files of any size: taking them would let anybody fill the server.',
  method: 'POST',
  path: '/diagnostics-v1/issue',
  body: 'bytes',
  bodyLimit: MOST_BYTES,
  refuses: [403],
  answer: { status: 200 },
  handle: () => {
    throw error('forbidden', 'This server takes no reports of trouble.', {
      details: 'send the report to whoever looks after your tools',
    });
  },
});

export const metricOperations = [putMetric, putMetrics, reportIssue];
