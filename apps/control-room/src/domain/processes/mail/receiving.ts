import { sql } from 'kysely';
import { keepBlob } from '../../../kernel/blobs.ts';
import type { Transaction } from '../../../kernel/database/index.ts';
import { error } from '../../../kernel/errors.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Work } from '../../work/index.ts';
import type { WorkspaceCaller } from '../../workspaces/index.ts';
import { firstStep, type Process } from '../definition.ts';
import type { ProcessRuns } from '../process-runs.ts';
import type { Processes } from '../processes.ts';
import { createMailReading } from './reading.ts';
import { type MailFile, type MailShown, RAW_FILE } from './shape.ts';

/** Contract robocorp §8.4. */
export const LARGEST_MAIL = 40 * 1000 * 1000;
/** A mail that is not read stands in the payload as well, for robots of that time, unless it is longer. */
const MOST_RAW_TEXT = 100_000;

export interface ReceivedMail {
  readonly itemId: number;
  /** Undefined when the item waits in the input of the process. */
  readonly processRunId: string | undefined;
  /** What could not be taken of the mail; its raw text is kept whatever came of it. */
  readonly faults: readonly string[];
}

/** Mails that come to a process: each becomes a work item with files. */
export function createMailReceiving(
  { database }: Kernel,
  { processes, runs, work }: { readonly processes: Processes; readonly runs: ProcessRuns; readonly work: Work },
) {
  const read = createMailReading();

  return {
    /**
     * When this has answered, the item, its files and the run that it begins are on disk; the three are one.
     *
     * @param start undefined: as the process says
     * @throws notFound; invalid for an empty mail; tooLarge
     */
    async receive(
      caller: WorkspaceCaller,
      processId: string,
      raw: Buffer,
      start: boolean | undefined,
    ): Promise<ReceivedMail> {
      const process = await processes.get(caller, processId);
      if (raw.length === 0)
        throw error('invalid', 'The mail is empty.', { details: 'expected the whole message, as RFC 822 has it' });
      if (raw.length > LARGEST_MAIL) throw error('tooLarge', `The mail has more than ${LARGEST_MAIL} bytes.`);
      const { payload, files, faults } = process.mail.parse ? await parsed(raw) : unparsed(raw);
      return database.transaction(async (tx) => {
        const { itemId, processRunId } = await putItem(tx, caller, process, payload, start ?? process.mail.start);
        for (const file of [...files, { name: RAW_FILE, content: raw }]) await addFile(tx, itemId, file);
        await recordAudit(tx, {
          actor: caller.actor,
          action: 'process.mail',
          subject: { type: 'process', id: process.id, name: process.name },
          outcome: faults.length === 0 ? 'SUCCESSFUL' : 'UNSUCCESSFUL',
          details: { item: itemId, bytes: raw.length, files: files.length + 1, faults: faults.length },
        });
        return { itemId, processRunId, faults };
      });
    },
  };

  async function putItem(tx: Transaction, caller: WorkspaceCaller, process: Process, payload: object, start: boolean) {
    if (start) {
      const input = { kind: 'payloads', payloads: [payload] } as const;
      const run = await runs.start(caller, process.id, input, { startedBy: 'email' });
      return { itemId: only(run?.itemIds), processRunId: run?.id };
    }
    const place = { queueId: firstStep(process).queueId, processRunId: null, createdBy: caller.userId };
    return { itemId: only(await work.runItems.put(tx, place, [payload])), processRunId: undefined };
  }

  async function parsed(raw: Buffer) {
    const { fault, read: mail } = await read(raw);
    const arrived = await database.first(sql<{ now: Temporal.Instant }>`select present() as now`);
    const email = { ...(mail?.email ?? NOTHING_READ) };
    const shown: MailShown = {
      ...email,
      date: email.date || (arrived?.now.toString({ smallestUnit: 'millisecond' }) ?? ''),
    };
    const errors = fault === undefined ? (mail?.faults ?? []) : [{ message: `The mail could not be read: ${fault}` }];
    return {
      payload: errors.length === 0 ? { email: shown } : { failedEmail: shown, errors },
      files: mail?.files ?? [],
      faults: errors.map(({ message }) => message),
    };
  }
}

function only(ids: readonly number[] = []): number {
  const [id] = ids;
  if (id === undefined) throw new Error('The item of the mail was not inserted.');
  return id;
}

const NOTHING_READ: MailShown = { from: { address: '', name: '' }, to: [], cc: [], bcc: [], subject: '', date: '' };

function unparsed(raw: Buffer) {
  const payload = raw.length <= MOST_RAW_TEXT ? { rawEmail: raw.toString('utf8') } : {};
  return { payload, files: [], faults: [] };
}

async function addFile(tx: Transaction, itemId: number, { name, content }: MailFile): Promise<void> {
  const { sha256, size } = await keepBlob(tx, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  await tx.all(
    sql`insert into work_item_file (work_item_id, name, size, content_sha256) values (${itemId}, ${name}, ${size}, ${sha256})`,
  );
}
