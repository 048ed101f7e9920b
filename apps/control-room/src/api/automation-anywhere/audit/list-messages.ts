import { Type } from 'typebox';
import type { AuditMessage } from '../../../domain/audit-log/index.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';

/** Contract b §3. */
const Message = Type.Object({
  id: Type.String(),
  eventDescription: Type.String(),
  activityType: Type.String({ description: 'docs/reference/activity-types.md lists them.' }),
  environmentName: Type.String(),
  hostName: Type.String({ description: 'Whence the request came.' }),
  userName: Type.String(),
  status: Type.Enum(['Successful', 'Unsuccessful']),
  source: Type.String(),
  objectName: Type.String(),
  detail: Type.String(),
  createdOn: Type.String(),
  requestId: Type.String(),
  createdBy: Type.String(),
});

export const listAuditMessages = operation({
  name: 'listAuditMessages',
  summary: 'Search the audit log',
  description:
    'All of it needs viewauditlog; everybody sees what he did himself. Filters by createdOn, activityType and status are found by an index. totalFilter goes up to 10000.',
  module: 'Audit',
  method: 'POST',
  path: '/audit/messages/list',
  versions: [{ name: 'v1' }],
  provenance: 'documented',
  access: 'caller',
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(Message), description: 'One page, the newest first unless said otherwise.' },
  handle: async ({ caller, body }, { auditLog }) => {
    const request = readListRequest(body);
    return renderList(await auditLog.messages.list(caller, request), request, renderMessage);
  },
});

function renderMessage(message: AuditMessage): object {
  const status = message.outcome === 'SUCCESSFUL' ? 'Successful' : 'Unsuccessful';
  const objectName = message.subjectName === '' ? message.subjectId : message.subjectName;
  return {
    id: String(message.id),
    eventDescription: `${message.actorName || `${message.actorType} ${message.actorId}`}: ${inWords(message.activityType)}${
      objectName === '' ? '' : ` "${objectName}"`
    }. ${status}.`,
    activityType: message.activityType,
    environmentName: message.environmentName,
    hostName: message.address,
    userName: message.actorName,
    status,
    source: message.actorType === 'device' ? 'Device' : 'Control Room',
    objectName,
    objectType: message.subjectType,
    objectId: message.subjectId,
    detail: message.details === null ? '' : JSON.stringify(message.details),
    createdOn: message.occurredOn.toString(),
    requestId: message.requestId,
    createdBy: String(message.actorId),
  };
}

/** CREATE_QUEUE → "create queue" */
function inWords(activityType: string): string {
  return activityType.toLowerCase().replaceAll('_', ' ');
}
