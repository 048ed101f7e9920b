import { Type } from 'typebox';
import type { Job } from '../../../domain/lifecycle/index.ts';

export const Receipt = Type.Object({ requestId: Type.String() });

const STATUS = {
  requestId: Type.String(),
  type: Type.String({ description: 'EXPORT or IMPORT' }),
  status: Type.String({ description: 'IN_PROGRESS, COMPLETED or FAILED' }),
  downloadFileName: Type.String(),
  downloadFileId: Type.String({ description: 'empty until there is something to download' }),
  errorMessage: Type.String(),
};
export const Status = Type.Object(STATUS);
export const StatusWithProgress = Type.Object({
  ...STATUS,
  entriesDone: Type.Integer(),
  entriesTotal: Type.Integer({ description: '0 until it is known' }),
  notices: Type.Array(Type.String(), { description: 'what was left out, and why' }),
});

/** Exactly these six, in this order, whatever it is and however far (contract a §7.2). */
export function renderStatus({ id, type, status, name, errorMessage }: Job) {
  const isExport = type === 'EXPORT';
  return {
    requestId: id,
    type,
    // Waiting for a server or in its hands: to clients both are under way.
    status: status === 'PENDING' ? 'IN_PROGRESS' : status,
    downloadFileName: isExport ? name : '',
    downloadFileId: isExport && status === 'COMPLETED' ? id : '',
    errorMessage,
  };
}

export function renderProgress(job: Job) {
  const { entriesDone, entriesTotal, notices } = job;
  return { ...renderStatus(job), entriesDone, entriesTotal, notices };
}
