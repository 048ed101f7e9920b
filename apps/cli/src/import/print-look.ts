import type { ImportKind, OpenedImport } from '@signalbox/importers';
import { errorsIn } from '../check/check-bots.ts';
import { printProblems } from '../check/print-problems.ts';
import { style } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';
import { columns, count } from '../terminal/words.ts';
import type { Look } from './look.ts';

const KINDS: Readonly<Record<ImportKind, string>> = {
  'blm-export': 'an export of a Control Room',
  'repository-tree': 'a tree of bots',
  'git-tree': 'a tree of Git integration',
  document: 'one bot',
  clipboard: 'lines of the clipboard',
};
const MOST_PROBLEMS_A_BOT = 5;

/** What came, for people. */
export function printLook(opened: OpenedImport, look: Look, from: string, stream: NodeJS.WriteStream): string {
  const head = (text: string): string => style(stream, 'bold', text);
  const pictures = opened.files.filter(({ metadataFor }) => metadataFor !== undefined).length;
  const lines = look.checked.reduce((sum, one) => sum + one.lines, 0);
  const sections = [
    `${head(from)} is ${KINDS[opened.kind]}: ${count(opened.bots.length, 'bot')} (${count(lines, 'line')}), ${count(opened.files.length - pictures, 'other file')}, ${count(pictures, 'picture')} of the recorder`,
    `${head('Bots')}\n${botsText(look, stream)}`,
  ];
  if (look.packages.length > 0) {
    const rows = look.packages.map(({ name, versions, here }) => [
      visible(name),
      here ? 'here' : style(stream, 'yellow', 'not here'),
      visible(versions.join(', ')),
    ]);
    sections.push(`${head('Packages they name')}\n${columns(rows)}`);
  }
  if (look.unsupported.length > 0) {
    const rows = look.unsupported.map((one) => [
      visible(one.command),
      `${count(one.lines, 'line')} in ${count(one.bots, 'bot')}`,
      one.code,
    ]);
    sections.push(`${head('Not supported here')}\n${columns(rows)}`);
  }
  if (look.secrets.length > 0) {
    const rows = look.secrets.map(({ bot, line, where, kind }) => [
      bot,
      line === 0 ? '' : `line ${line}`,
      kind,
      visible(where),
    ]);
    sections.push(
      `${head('Secrets that stand in the bots')}\n${columns(rows)}\n  Everybody who may read these bots can read them. Put them into a credential, and change them where they are used.`,
    );
  }
  if (opened.problems.length > 0) {
    sections.push(
      `${head('Not taken')}\n${columns(opened.problems.map(({ path, message }) => [path, visible(message)]))}`,
    );
  }
  return `${sections.join('\n\n')}\n`;
}

function botsText({ checked }: Look, stream: NodeJS.WriteStream): string {
  if (checked.length === 0) return '  none';
  return checked
    .map(({ path, problems, lines }) => {
      const errors = errorsIn(problems);
      const verdict =
        errors > 0 ? style(stream, 'red', count(errors, 'error').padEnd(9)) : style(stream, 'green', 'runs'.padEnd(9));
      const shown = problems.slice(0, MOST_PROBLEMS_A_BOT);
      const more = problems.length - shown.length;
      const text = shown.length === 0 ? '' : `\n${printProblems(shown, path, stream).replaceAll(/^/gm, '           ')}`;
      return `  ${verdict}  ${path}, ${count(lines, 'line')}${text}${more > 0 ? `\n             … ${more} more: signalbox check` : ''}`;
    })
    .join('\n');
}

/** The same for programs. */
export function lookJson(opened: OpenedImport, look: Look): object {
  return {
    kind: opened.kind,
    bots: opened.bots.map(({ content: _, ...bot }) => ({
      ...bot,
      problems: look.checked.find(({ path }) => path === bot.path)?.problems ?? [],
    })),
    files: opened.files.map(({ content: _, ...file }) => file),
    packages: look.packages,
    unsupported: look.unsupported,
    secrets: look.secrets,
    notTaken: opened.problems,
  };
}
