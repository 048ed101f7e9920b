import { createHash } from 'node:crypto';

/** One row of the audit log, every part as the text or number that is hashed. */
export interface AuditRow {
  readonly id: number;
  /** UTC with six digits of a second: 2026-01-31T08:00:00.000001Z */
  readonly occurredOn: string;
  readonly actorType: string;
  readonly actorId: number;
  readonly actorName: string;
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly subjectName: string;
  readonly outcome: string;
  /** The JSON as PostgreSQL writes a jsonb; null where there is none. */
  readonly details: string | null;
  readonly requestId: string;
  readonly address: string;
}

/** The row as one text in which no two rows are alike: JSON escapes what could be taken for a border. */
export function rowText(row: AuditRow): string {
  return JSON.stringify([
    row.id,
    row.occurredOn,
    row.actorType,
    row.actorId,
    row.actorName,
    row.action,
    row.subjectType,
    row.subjectId,
    row.subjectName,
    row.outcome,
    row.details,
    row.requestId,
    row.address,
  ]);
}

/** 32 bytes. */
export function hashOfRow(row: AuditRow): Buffer {
  return createHash('sha256').update(rowText(row)).digest();
}
