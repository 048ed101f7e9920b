import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Checkpoint, type Verdict, verifyExport } from '@signalbox/audit-trail';
import { type Command, type ExitCode, type Terminal, UsageError } from '../command.ts';
import { style } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';
import { count } from '../terminal/words.ts';

const help = `signalbox verify-audit <file | -> [options]

Proves an export of the audit log (GET /signalbox/v1/audit/export) without a server: that no row was changed, added, left out
or moved, and that every seal follows the one before it and is signed.

  --checkpoints <file>  checkpoints kept elsewhere (SIGNALBOX_AUDIT_CHECKPOINTS): reveals a tail that was cut off, and a chain made anew
  --key <id>            only this key may have signed; may be given several times. Without it the keys of the export are believed
  --json                the verdict as JSON, on standard output

Exit code 0 when all of it holds, 1 when something does not.

  signalbox verify-audit audit-log.ndjson --checkpoints /mnt/vault/checkpoints.ndjson
`;

export const verifyAuditCommand: Command = { help, run };

async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      checkpoints: { type: 'string' },
      key: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    },
  });
  const [from, more] = positionals;
  if (from === undefined || more !== undefined) throw new UsageError('Expected one export, or -');
  if (from !== '-') await requireFile(from);
  const verdict = await verifyExport(
    createInterface({ input: from === '-' ? terminal.stdin : createReadStream(from) }),
    {
      ...(values.checkpoints === undefined ? {} : { checkpoints: await readCheckpoints(values.checkpoints) }),
      ...(values.key === undefined ? {} : { trustedKeyIds: values.key }),
    },
  );
  if (values.json) terminal.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
  else print(verdict, terminal.stdout);
  return verdict.findings.length === 0 ? 0 : 1;
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`There is no file ${path}`);
}

/** Lines as the server appends them, or the body that it posts. */
async function readCheckpoints(path: string): Promise<Checkpoint[]> {
  await requireFile(path);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, i) => {
    try {
      const read = JSON.parse(line) as Checkpoint | { readonly checkpoints: readonly Checkpoint[] };
      return 'checkpoints' in read ? read.checkpoints : [read];
    } catch {
      throw new UsageError(`Line ${i + 1} of ${path} is no checkpoint`);
    }
  });
}

function print(verdict: Verdict, stdout: NodeJS.WriteStream): void {
  const { findings, rows, seals, firstSeal, lastSeal, keyIds, fromTheBeginning } = verdict;
  for (const { line, message } of findings)
    stdout.write(`${style(stdout, 'red', `line ${line}`)}  ${visible(message)}\n`);
  const range =
    firstSeal === undefined ? '' : `, ${firstSeal} to ${lastSeal}${fromTheBeginning ? ', from the beginning' : ''}`;
  stdout.write(
    `${count(rows, 'row')} under ${count(seals, 'seal')}${range}; signed with ${keyIds.join(', ') || 'nothing'}\n`,
  );
  stdout.write(
    findings.length === 0
      ? `${style(stdout, 'green', 'All of it holds.')}\n`
      : `${style(stdout, 'red', `${count(findings.length, 'fault')}: this is not the log as it was written.`)}\n`,
  );
}
