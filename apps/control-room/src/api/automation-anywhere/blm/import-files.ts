import type { IfThere, Lifecycle } from '../../../domain/lifecycle/index.ts';
import { error } from '../../../kernel/errors.ts';
import { type CallFacts, operation, type UploadedFile } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayImport } from './access.ts';
import { Receipt } from './render.ts';

const IF_EXISTING: readonly IfThere[] = ['OVERWRITE', 'SKIP', 'ABORT'];

export const importFiles = operation({
  name: 'importFiles',
  summary: 'Import an archive of bots and files',
  description:
    'Parts, in any order: `upload` (the zip), `actionIfExisting` (OVERWRITE, SKIP or ABORT), `publicWorkspace` (true or false), `archivePassword`. Read to its end before the answer; imported in the background, all of it or nothing.',
  module: MODULE,
  method: 'POST',
  path: '/blm/import',
  versions: v2Only,
  provenance: 'documented',
  access: mayImport,
  body: 'file',
  refuses: [413, 429],
  answer: { status: 202, schema: Receipt },
  handle: async ({ caller, facts }, { lifecycle }) => {
    const { archiveId, fileName, fields } = await receive(facts, lifecycle);
    try {
      const requestId = await lifecycle.import(caller, {
        archiveId,
        fileName,
        ifExisting: readAction(fields.get('actionifexisting')),
        publicWorkspace: readFlag(fields.get('publicworkspace')),
        password: fields.get('archivepassword'),
      });
      return { requestId };
    } catch (cause) {
      await lifecycle.archives.forget(archiveId);
      throw cause;
    }
  },
});

/** Reads the form to its end, the file into pieces as it comes. */
async function receive(
  facts: CallFacts,
  { archives }: Lifecycle,
): Promise<{ archiveId: string; fileName: string; fields: ReadonlyMap<string, string> }> {
  const fields = new Map<string, string>();
  let archiveId: string | undefined;
  let fileName = '';
  try {
    for await (const part of facts.form()) {
      if (part.kind === 'field') fields.set(part.name.toLowerCase(), part.value);
      else {
        fileName = part.file.name;
        const writer = await archives.open();
        archiveId = writer.id;
        await keep(part.file, writer);
      }
    }
  } catch (cause) {
    if (archiveId !== undefined) await archives.forget(archiveId);
    throw cause;
  }
  if (archiveId === undefined)
    throw error('invalid', 'The form holds no file.', { details: 'expected a part named "upload" with the zip' });
  return { archiveId, fileName, fields };
}

async function keep(file: UploadedFile, writer: Awaited<ReturnType<Lifecycle['archives']['open']>>): Promise<void> {
  for await (const piece of file.stream) await writer.write(piece as Buffer);
  if (file.truncated())
    throw error('tooLarge', 'The archive is larger than this server takes; nothing of it was imported.');
  const { size } = await writer.end();
  if (size === 0) throw error('invalid', 'The uploaded file is empty.');
}

function readAction(text: string | undefined): IfThere {
  const wanted = text?.trim().toUpperCase() ?? '';
  const found = IF_EXISTING.find((word) => word === wanted);
  if (found) return found;
  throw error(
    'invalid',
    wanted === '' ? 'The part actionIfExisting is missing.' : 'actionIfExisting is none of its words.',
    {
      details: `expected ${IF_EXISTING.join(', ')}`,
    },
  );
}

function readFlag(text: string | undefined): boolean {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === '' || word === 'false') return false;
  if (word === 'true') return true;
  throw error('invalid', 'publicWorkspace is neither true nor false.');
}
