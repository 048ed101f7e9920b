import type { Readable } from 'node:stream';
import { error } from '../../kernel/errors.ts';
import type { Table } from './table-files.ts';

export async function openSheet(_stream: Readable): Promise<Table> {
  throw error('invalid', 'XLSX is not read yet.');
}
