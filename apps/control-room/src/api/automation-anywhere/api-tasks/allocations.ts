import { Type } from 'typebox';
import type { Allocation } from '../../../domain/api-tasks/index.ts';
import { operation } from '../../operation.ts';
import { listOf, readListRequest, renderList } from '../listing.ts';
import { Id } from '../wire.ts';
import { MODULE, mayAllocate, withoutVersion } from './declared.ts';

/* API Task allocations (seed document 004, contract b §2.2 and §2.3). */

/** The two ids are texts on the wire, whatever the seed's schema says: its samples rank above it (contract b §2.3). */
const AllocationAnswer = Type.Object({
  fileId: Type.String(),
  filePath: Type.String(),
  fileName: Type.String(),
  runAsUserOrNone: Type.Union([Type.String(), Type.Null()]),
  concurrencyLimit: Type.Integer(),
});

export const createAllocation = operation({
  name: 'createApiTaskAllocation',
  summary: 'Allocate an API Task for real-time calls',
  description:
    'The bot is loaded, checked and compiled, and stands ready when the answer comes. Calling it again changes the allocation.',
  module: MODULE,
  method: 'PUT',
  path: '/orchestrator/v1/hotbot/config/create',
  versions: withoutVersion,
  provenance: 'documented',
  access: mayAllocate,
  refuses: [404],
  body: Type.Object({
    fileId: Id,
    runAsUserOrNone: Type.Optional(Id),
    concurrencyLimit: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      fileId: Type.String(),
      runAsUserOrNone: Type.Union([Type.Integer(), Type.Null()]),
      concurrencyLimit: Type.Integer(),
    }),
    description: 'The three settings.',
  },
  handle: async ({ caller, body }, { apiTasks }) => {
    const allocation = await apiTasks.allocate(caller, {
      fileId: body.fileId,
      runAsUserId: body.runAsUserOrNone ?? null,
      concurrencyLimit: body.concurrencyLimit ?? 1,
    });
    return {
      fileId: String(allocation.fileId),
      runAsUserOrNone: allocation.runAsUserId,
      concurrencyLimit: allocation.concurrencyLimit,
    };
  },
});

/** Page lengths of the seed: 100 at most, and without one. */
const LENGTHS = { withPage: 100, withoutPage: 100, most: 100 };

export const listAllocations = operation({
  name: 'listApiTaskAllocations',
  summary: 'List API Task allocations',
  module: MODULE,
  method: 'POST',
  path: '/orchestrator/v1/hotbot/config',
  versions: withoutVersion,
  provenance: 'documented',
  access: mayAllocate,
  reads: true,
  body: Type.Unknown({
    description: 'page with offset and length, all optional. A length outside of 1 to 100 is cut.',
    examples: [{ page: { offset: 0, length: 100 } }],
  }),
  answer: { status: 200, schema: listOf(AllocationAnswer), description: 'One page of allocations.' },
  handle: async ({ body }, { apiTasks }) => {
    const request = readListRequest(body, LENGTHS);
    return renderList(await apiTasks.list(request), request, renderAllocation);
  },
});

export const getAllocation = operation({
  name: 'getApiTaskAllocation',
  summary: 'Read one API Task allocation',
  module: MODULE,
  method: 'GET',
  path: '/orchestrator/v1/hotbot/config/{fileId}',
  versions: withoutVersion,
  provenance: 'extension',
  access: mayAllocate,
  objects: { fileId: { kind: 'repositoryEntry', visibleTo: 'everyone' } },
  params: Type.Object({ fileId: Id }),
  answer: { status: 200, schema: AllocationAnswer, description: 'The allocation.' },
  handle: async ({ params }, { apiTasks }) => renderAllocation(await apiTasks.get(params.fileId)),
});

export const deleteAllocation = operation({
  name: 'deleteApiTaskAllocation',
  summary: 'Take an API Task down',
  description: 'Calls that are under way are stopped.',
  module: MODULE,
  method: 'DELETE',
  path: '/orchestrator/v1/hotbot/config/{fileId}',
  versions: withoutVersion,
  provenance: 'extension',
  access: mayAllocate,
  objects: { fileId: { kind: 'repositoryEntry', visibleTo: 'everyone' } },
  params: Type.Object({ fileId: Id }),
  answer: { status: 204 },
  handle: ({ caller, params }, { apiTasks }) => apiTasks.remove(caller, params.fileId),
});

function renderAllocation(allocation: Allocation): object {
  return {
    fileId: String(allocation.fileId),
    filePath: allocation.filePath,
    fileName: allocation.fileName,
    runAsUserOrNone: allocation.runAsUserId === null ? null : String(allocation.runAsUserId),
    concurrencyLimit: allocation.concurrencyLimit,
  };
}
