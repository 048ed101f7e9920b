import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referencePages } from './reference.ts';

it.each([...referencePages()])('%s says what the code says (else: npm run docs)', (path, contents) => {
  expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(contents);
});
