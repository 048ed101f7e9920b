import { createPublicKey, type KeyObject } from 'node:crypto';
import type { AuditRow } from './rows.ts';
import { type Checkpoint, GENESIS, type Seal, StretchHasher, sealHash, signatureIsOf } from './seals.ts';

/** What does not hold, in words. */
export interface Finding {
  readonly line: number;
  readonly message: string;
}

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly seals: number;
  readonly firstSeal: number | undefined;
  readonly lastSeal: number | undefined;
  /** Of the keys that signed: whoever wants to know that they are the server's compares these. */
  readonly keyIds: readonly string[];
  /** True when the export begins with the very first seal. */
  readonly fromTheBeginning: boolean;
}

export interface VerifyOptions {
  /** Kept in another place than the export. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Ids of the keys that may sign; without them those of the export are taken as they are. */
  readonly trustedKeyIds?: readonly string[];
}

interface ExportLine {
  readonly type?: unknown;
  readonly keys?: readonly { readonly id: string; readonly publicKey: string }[];
  readonly seals?: unknown;
  readonly rows?: unknown;
}

/** After so many the rest says nothing new. */
const MOST_FINDINGS = 100;

/**
 * Checks an export line by line; only one seal's worth of state is kept. What it finds: a changed, added, missing or
 * moved row, a seal that was changed, left out or signed by somebody else, and with checkpoints also a tail cut off.
 */
export async function verifyExport(lines: AsyncIterable<string>, options: VerifyOptions = {}): Promise<Verdict> {
  const findings: Finding[] = [];
  const keys = new Map<string, KeyObject>();
  const keyIds = new Set<string>();
  const checkpoints = new Map((options.checkpoints ?? []).map((checkpoint) => [checkpoint.number, checkpoint]));
  let hasher = new StretchHasher();
  let lastId = 0;
  let before: Seal | undefined;
  let first: Seal | undefined;
  let line = 0;
  let rows = 0;
  let seals = 0;
  let ended = false;

  const find = (message: string): void => {
    if (findings.length < MOST_FINDINGS) findings.push({ line, message });
  };

  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    let entry: ExportLine;
    try {
      entry = JSON.parse(text) as ExportLine;
    } catch {
      find('This line is no JSON.');
      continue;
    }
    if (entry.type === 'audit-export') readKeys(entry, keys, find);
    else if (entry.type === 'row') takeRow(entry as unknown as AuditRow);
    else if (entry.type === 'seal') takeSeal(entry as unknown as Seal);
    else if (entry.type === 'end') {
      ended = true;
      if (entry.seals !== seals || entry.rows !== rows)
        find(`The export says it has ${entry.rows} rows and ${entry.seals} seals; it has ${rows} and ${seals}.`);
    } else find(`A line of the type ${JSON.stringify(entry.type)} is not known.`);
  }
  if (!ended) find('The export has no end: it was cut off.');
  if (hasher.rows > 0) find(`${hasher.rows} rows after the last seal belong to none.`);
  compareTail();
  return {
    findings,
    rows,
    seals,
    firstSeal: first?.number,
    lastSeal: before?.number,
    keyIds: [...keyIds],
    fromTheBeginning: first?.number === 1,
  };

  function takeRow(row: AuditRow): void {
    rows++;
    if (hasher.rows > 0 && row.id <= lastId) find(`Row ${row.id} stands out of order.`);
    lastId = row.id;
    hasher.add(row);
  }

  function takeSeal(seal: Seal): void {
    seals++;
    first ??= seal;
    const came = hasher.finish();
    hasher = new StretchHasher();
    const named = `Seal ${seal.number} (rows ${seal.firstId} to ${seal.lastId})`;
    if (came.rows !== seal.rows) find(`${named} covers ${seal.rows} rows; ${came.rows} came.`);
    else if (came.rowsHash !== seal.rowsHash) find(`${named}: a row under it was changed.`);
    if (sealHash(seal) !== seal.hash) find(`${named} was changed.`);
    if (before === undefined) {
      if (seal.number === 1 && seal.previousHash !== GENESIS) find(`${named} is the first and names one before it.`);
    } else if (seal.number !== before.number + 1) {
      find(`After seal ${before.number} comes ${seal.number}: what was between them is missing.`);
    } else if (seal.previousHash !== before.hash) {
      find(`${named} does not follow seal ${before.number}.`);
    }
    checkSignature(seal, named);
    compareCheckpoint(seal, named);
    before = seal;
  }

  function checkSignature(seal: Seal, named: string): void {
    const key = keys.get(seal.keyId);
    keyIds.add(seal.keyId);
    if (options.trustedKeyIds && !options.trustedKeyIds.includes(seal.keyId))
      find(`${named} is signed with the key ${seal.keyId}, which is not one of those trusted.`);
    if (!key) find(`${named} is signed with the key ${seal.keyId}, which the export does not have.`);
    else if (!signatureIsOf(seal, key)) find(`The signature of ${named.toLowerCase()} is wrong.`);
  }

  function compareCheckpoint(seal: Seal, named: string): void {
    const kept = checkpoints.get(seal.number);
    if (kept && kept.hash !== seal.hash)
      find(`${named} is another one than the checkpoint that was kept: ${seal.hash} instead of ${kept.hash}.`);
  }

  function compareTail(): void {
    const last = before?.number ?? 0;
    const beyond = [...checkpoints.keys()].filter((number) => number > last);
    if (beyond.length > 0)
      find(
        `Checkpoints were kept up to seal ${Math.max(...beyond)}; the export ends with ${last}: its tail is missing.`,
      );
  }
}

function readKeys(entry: ExportLine, keys: Map<string, KeyObject>, find: (message: string) => void): void {
  for (const { id, publicKey } of entry.keys ?? []) {
    try {
      keys.set(id, createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' }));
    } catch {
      find(`The key ${id} cannot be read.`);
    }
  }
}
