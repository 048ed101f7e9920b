/**
 * `npm test`: the whole gate in the order in which faults are cheapest to read: types, style, behaviour.
 * Prints what it ran, and ends with one line that counts it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const bin = (packageName: string, file: string): string =>
  join(dirname(require.resolve(`${packageName}/package.json`)), file);

const counts = join(mkdtempSync(join(tmpdir(), 'signalbox-counts-')), 'counts.json');
const steps: [what: string, file: string, ...rest: string[]][] = [
  ['types (tsc)', bin('typescript', 'bin/tsc'), '--noEmit'],
  ['format and lint (Biome)', bin('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.'],
  [
    'behaviour (Vitest)',
    bin('vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${counts}`,
    ...process.argv.slice(2),
  ],
];

for (const [what, file, ...rest] of steps) {
  const started = performance.now();
  console.log(`\n── ${what}`);
  const { status } = spawnSync(process.execPath, [file, ...rest], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${what} failed.`);
    process.exit(status ?? 1);
  }
  console.log(`   ${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(counts, 'utf8')) as Record<
  string,
  number
>;
rmSync(dirname(counts), { recursive: true });
console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
