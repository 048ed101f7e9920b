import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ids, v2Only } from '../wire.ts';
import { ENTRY, MODULE, mayUnlock, mayUpload } from './access.ts';
import { EntryAnswer, renderEntry } from './render.ts';

/** No path of the vendor's is known for these (contract a §5.6): they are ours. */
const common = {
  module: MODULE,
  method: 'POST',
  versions: v2Only,
  provenance: 'extension',
  objects: ENTRY,
  params: ids('id'),
  refuses: [409],
} as const;

export const checkOutFile = operation({
  ...common,
  name: 'checkOutRepositoryFile',
  summary: 'Check a file out',
  description: 'Copies a public file to the same path of the own private workspace and locks it for everybody else.',
  path: '/repository/files/{id}/checkout',
  access: mayUpload,
  answer: { status: 201, schema: EntryAnswer, description: 'The private copy.' },
  handle: async ({ caller, params }, { repository }) =>
    renderEntry(await repository.checkouts.checkOut(caller, params.id), caller),
});

export const checkInFile = operation({
  ...common,
  name: 'checkInRepositoryFile',
  summary: 'Check a file in',
  description:
    'The private copy becomes the newest version of its public file, by the id of either. A new private file moves to the same path of the public workspace.',
  path: '/repository/files/{id}/checkin',
  access: mayUpload,
  body: Type.Object({ comment: Type.Optional(Type.String({ maxLength: 4_000 })) }),
  answer: { status: 200, schema: EntryAnswer, description: 'The public file.' },
  handle: async ({ caller, params, body }, { repository }) =>
    renderEntry(await repository.checkouts.checkIn(caller, params.id, body.comment ?? ''), caller),
});

export const undoCheckOut = operation({
  ...common,
  name: 'undoCheckOut',
  summary: 'Take a check-out back',
  description:
    "One's own goes with its copy. Somebody else's (repositorymanager.forceunlock or .cancelcheckout) leaves him the copy as a draft.",
  path: '/repository/files/{id}/undo-checkout',
  access: mayUnlock,
  answer: { status: 200, schema: EntryAnswer, description: 'The public file, unlocked.' },
  handle: async ({ caller, params }, { repository }) =>
    renderEntry(await repository.checkouts.undo(caller, params.id), caller),
});
