import { Type } from 'typebox';
import { tooLarge } from '../../domain/transfers/index.ts';
import { error } from '../../kernel/errors.ts';
import { readToken, renderError } from '../automation-anywhere/wire.ts';
import { Content, Download, type FormPart, operation, type Wire } from '../operation.ts';

/** A file that is put is held in memory while it comes. */
const LARGEST_PUT = 256 * 1024 * 1024;

/** Files by tickets: the addresses that other answers name. Each carries its own right. */

const declared = {
  module: 'Transfers',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'anyone',
  params: Type.Object({ ticket: Type.String({ maxLength: 4_000 }) }),
} as const;

const sendFile = operation({
  ...declared,
  name: 'sendFile',
  summary: 'Send a file to an address that another answer has named',
  description: 'A form: any fields, then the part `file`. No Authorization.',
  method: 'POST',
  path: '/transfers/{ticket}',
  body: 'file',
  reads: true,
  refuses: [413],
  answer: { status: 204, description: 'It is kept.' },
  handle: async ({ params, facts }, { transfers }) => {
    const most = await transfers.mostBytes(params.ticket);
    for await (const part of facts.form()) {
      // Fields that a client was told to send, or sends of its own accord: none means anything here.
      if (part.kind === 'field') continue;
      const { name: fileName, type } = part.file;
      await transfers.receive(params.ticket, { content: await readAll(part, most), fileName, type });
      return;
    }
    throw error('invalid', 'The form holds no file.', { details: 'expected a part with a file in it, named "file"' });
  },
});

const putFile = operation({
  ...declared,
  name: 'putFile',
  summary: 'Put the bytes of a file to an address that another answer has named',
  method: 'PUT',
  path: '/transfers/{ticket}',
  body: 'bytes',
  bodyLimit: LARGEST_PUT,
  beforeBody: ({ ticket = '' }, { transfers }) => transfers.mostBytes(ticket),
  reads: true,
  refuses: [413],
  answer: { status: 200, description: 'It is kept.' },
  handle: async ({ params, body, facts }, { transfers }) => {
    const type = facts.headers['x-original-content-type'];
    // `bytes` is a Buffer; typebox's widest schema type takes in every value, so the declaration cannot say it.
    await transfers.receive(params.ticket, {
      content: body as Buffer,
      fileName: '',
      type: typeof type === 'string' ? type : '',
    });
  },
});

const fetchFile = operation({
  ...declared,
  name: 'fetchFile',
  summary: 'Fetch a file from an address that another answer has named',
  method: 'GET',
  path: '/transfers/{ticket}',
  answer: { status: 200, description: 'The file.' },
  handle: async ({ params }, { transfers }) => {
    const { content, type, fileName, size } = await transfers.send(params.ticket);
    return Buffer.isBuffer(content)
      ? new Content(content, type, fileName)
      : new Download(content, type, fileName, size);
  },
});

async function readAll({ file }: FormPart & { kind: 'file' }, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of file.stream) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    // A stream of bytes gives Buffers.
    chunks.push(chunk as Buffer);
  }
  if (file.truncated()) throw tooLarge(most);
  return Buffer.concat(chunks);
}

export const transfersWire: Wire = {
  name: 'transfers',
  token: readToken,
  renderError,
  operations: [sendFile, putFile, fetchFile],
};
