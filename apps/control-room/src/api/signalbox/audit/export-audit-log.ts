import { Type } from 'typebox';
import { Download, operation } from '../../operation.ts';
import { readMoment } from '../moment.ts';

export const exportAuditLog = operation({
  name: 'exportAuditLog',
  summary: 'Export the sealed audit log, to be proved elsewhere',
  description:
    'Lines of JSON: the public keys, then each seal after its rows. Seals that touch the range come whole. `signalbox verify-audit` checks it without a server. What was written within the last seconds may not be sealed yet.',
  module: 'Audit',
  method: 'GET',
  path: '/signalbox/v1/audit/export',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: { anyOf: ['audit.viewauditlog'] },
  query: Type.Object({
    from: Type.Optional(Type.String({ description: 'An instant or a date.' })),
    to: Type.Optional(Type.String({ description: 'Up to this instant, without it.' })),
  }),
  answer: { status: 200, description: 'application/x-ndjson, streamed.' },
  handle: async ({ caller, query }, { auditLog }) => {
    const range = { from: readMoment(query.from, 'from'), to: readMoment(query.to, 'to') };
    return new Download(await auditLog.export.open(caller, range), 'application/x-ndjson', 'audit-log.ndjson');
  },
});
