/**
 * `npm run bench`: everything, on one embedded PostgreSQL with durable settings.
 *
 *   npm run bench -- items file     only these
 *   npm run bench -- --quick        smaller, in under two minutes: to see that it works, not to quote
 *   npm run bench -- --write        puts the tables into docs/benchmarks.md
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiTasks } from './api-tasks.ts';
import { startDatabaseServer } from './database-server.ts';
import { deploy } from './deploy.ts';
import { writeDocument } from './document.ts';
import { fileLoad } from './file-load.ts';
import { history } from './history.ts';
import { interpreterSpeed } from './interpreter-speed.ts';
import { items } from './items.ts';
import { lists } from './lists.ts';
import { describeMachine } from './machine.ts';
import type { Findings } from './measurement.ts';
import { processes } from './processes.ts';
import { asText } from './table.ts';

const MEASUREMENTS = [interpreterSpeed, items, history, fileLoad, apiTasks, lists, deploy, processes];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !MEASUREMENTS.some((one) => one.name === name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}: there are ${MEASUREMENTS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const chosen = MEASUREMENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
const databases = await startDatabaseServer(folder);
const began = performance.now();
const tidy = async (): Promise<void> => {
  await databases.stop();
  await rm(folder, { recursive: true, force: true });
};
// Servers and runners go with this process; the database has to be told.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void tidy().finally(() => process.exit(1)));
try {
  const machine = await describeMachine(databases);
  const all: Findings[] = [];
  for (const { name, run } of chosen) {
    const tell = (line: string): void => {
      console.error(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${name}  ${line}`);
    };
    tell('begins');
    all.push(await run({ databases, folder, quick: values.quick, tell }));
  }
  console.log(`\n${machine.join('\n')}\n`);
  for (const findings of all) console.log(asText(findings));
  if (values.write) await writeDocument(machine, all);
} catch (cause) {
  console.error(cause);
  process.exitCode = 1;
} finally {
  await tidy();
}
// After a failure connections and a server may still be there.
process.exit();
