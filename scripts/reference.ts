/**
 * The reference pages that are made from the code: what is declared is what is documented.
 * `npm run docs` writes them; a test in the suite says when they are behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue } from '@signalbox/actions';
import { builtIns } from '@signalbox/taskbot';
import { accessInWords } from '../apps/control-room/src/api/openapi.ts';
import type { Operation } from '../apps/control-room/src/api/operation.ts';
import { allWires } from '../apps/control-room/src/api/wires.ts';
import { actionOf, activityTypeOf } from '../apps/control-room/src/domain/audit-log/index.ts';
import { isFinal, RUN_STATUSES, RUN_TRANSITIONS } from '../apps/control-room/src/domain/runs/index.ts';
import { TRANSITIONS, type Transition } from '../apps/control-room/src/domain/work/index.ts';
import { errorCatalogue } from '../apps/control-room/src/kernel/errors.ts';
import { deviceOnlyNames } from './device-only.ts';

const MADE = '<!-- Made from the code by `npm run docs`; do not edit. -->';

/** Path below the repository's root → contents. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/operations.md', operationsPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/activity-types.md', activityTypesPage()],
    ['docs/reference/work-item-life-cycle.md', lifeCyclePage()],
    ['docs/reference/run-life-cycle.md', runLifeCyclePage()],
    ['docs/reference/actions.md', actionsPage()],
    ['packages/actions/src/device-only/names.ts', deviceOnlyNames()],
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function operationsPage(): string {
  const wires = allWires();
  const modules = Map.groupBy(
    wires.flatMap(({ operations }) => operations),
    ({ module }) => module,
  );
  const sections = [...modules].map(
    ([module, operations]) =>
      `## ${module}\n\n${table(['Call', 'What it does', 'Who may', 'Where we know it from'], operations.flatMap(operationRows))}`,
  );
  return `# Operations

${MADE}

Every call of the server, with where our knowledge of it comes from: **documented** by the vendor, **observed** on a real wire or in a
real client, **inferred** (may be changed when better evidence appears), or an **extension** of our own, compatible with nothing.
The same as a machine reads it: \`/openapi.json\`; to try it: \`/docs\`.

${sections.join('\n\n')}
`;
}

function operationRows(operation: Operation): string[][] {
  const who = accessInWords(operation.access);
  return operation.versions.map((version) => [
    `${operation.method} \`${version.name === '' ? '' : `/${version.name}`}${operation.path}\`${version.deprecated ? ` (deprecated: use ${version.deprecated.successor})` : ''}`,
    operation.summary,
    who,
    version.provenance ?? operation.provenance,
  ]);
}

function errorsPage(): string {
  const rows = errorCatalogue().map(({ code, status, remedy }) => [`\`${code}\``, String(status), remedy]);
  return `# Errors

${MADE}

Every refusal is JSON with \`code\`, \`message\` and \`details\`, whatever refused it. The message says what was expected and what came; the
codes are stable. \`UM1110\` and \`UM1114\` are the vendor's, all others are ours.

${table(['Code', 'Status', 'What to do'], rows)}
`;
}

function activityTypesPage(): string {
  const writes = allWires()
    .flatMap(({ operations }) => operations)
    .filter(({ method, reads, access }) => method !== 'GET' && !reads && access !== 'runner' && access !== 'task');
  const byType = Map.groupBy(writes, ({ name }) => activityTypeOf(actionOf(name)));
  const rows = [...byType]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([type, operations]) => [
      `\`${type}\``,
      [...new Set(operations.map(({ method, path }) => `${method} \`${path}\``))].join(', '),
    ]);
  return `# Activity types

${MADE}

What stands in \`activityType\` of the [audit log](../guides/audit-log.md): one code for a call, whether it came about (\`Successful\`) or was
refused (\`Unsuccessful\`). \`LOGIN\` and the names of the suggested set are those of the contract, the others are made by one rule from what is done.
What the server and its devices do by themselves has codes of the same kind, such as \`CONNECT_DEVICE\`, \`CLAIM_WORK_ITEM\`, \`FINISH_WORK_ITEM\`,
\`QUARANTINE_DEVICE\`, \`CONSUME_CREDENTIAL_VALUE\`.

${table(['Code', 'Calls'], rows)}
`;
}

function lifeCyclePage(): string {
  const rows = (TRANSITIONS as readonly Transition[]).map(({ name, by, from, to, unleased, why }) => [
    name,
    by,
    from.join(', '),
    to,
    `${why}${unleased ? ' (only while no runner has it)' : ''}`,
  ]);
  return `# The life of a work item

${MADE}

One table: the SQL, the checks, this page and the property test read it. Anything else is refused with 400.

${table(['Transition', 'By', 'From', 'To', 'Why'], rows)}

Every change raises the item's \`version\`. A claim gives the version out, and a result under another one is refused: an item has at most
one owner that the server believes. Items that no runner has may be deleted in any status.
`;
}

function runLifeCyclePage(): string {
  const rows = RUN_TRANSITIONS.map(({ name, by, from, to, why }) => [name, by, from.join(', '), to, why]);
  return `# The life of a run

${MADE}

One table: the SQL, the checks, this page and the property test read it. Nothing leads out of ${RUN_STATUSES.filter(isFinal).join(', ')}.

${table(['Transition', 'By', 'From', 'To', 'Why'], rows)}

\`version\` is raised whenever another one may speak for the run: when a device takes it, when it goes back in line, when it ends. A runner's
word under another version changes nothing. A run that is UNKNOWN is put away by \`PUT /v1/activity/auditunknown\` and keeps its status.
The vendor's words STARTED and UPDATE mean RUNNING here; filters take them.
`;
}

function actionsPage(): string {
  const entries = catalogue();
  const packages = Map.groupBy(entries, (entry) => entry.package);
  const sections = [...packages]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, of]) => {
      const rows = of.map((entry) => [
        `\`${entry.name}\``,
        entry.kind,
        entry.attributes
          .map((one) => `${one.name}: ${one.type}${one.options ? ` {${one.options.join(' | ')}}` : ''}`)
          .join('; '),
        entry.returns ?? '',
        entry.runsOn,
        entry.since,
      ]);
      return `## ${name}\n\n${table(['Name', 'Kind', 'Attributes', 'Returns', 'Runs', 'Since'], rows)}`;
    });
  return `# Actions

${MADE}

What a bot can do. \`anywhere\` runs also where a bot has no file system; \`device\` only on a runner. The language itself (If, Loop, error
handling, sub-bots) is below.

${sections.join('\n\n')}

## The language itself

${table(
  ['Package', 'Name', 'What it does'],
  builtIns.map((one) => [one.package, `\`${one.name}\``, one.summary]),
)}
`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  for (const [path, contents] of referencePages()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), contents);
    console.log(path);
  }
}
