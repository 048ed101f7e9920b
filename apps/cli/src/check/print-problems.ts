import type { Problem } from '@signalbox/taskbot';
import { style } from '../terminal/style.ts';
import { visible } from '../terminal/visible.ts';

/** A line for each problem; the bot is named where it is not the one that the reader knows of. */
export function printProblems(problems: readonly Problem[], path: string, stream: NodeJS.WriteStream): string {
  return problems
    .map(({ severity, line, code, message, botPath }) => {
      const word = style(stream, severity === 'error' ? 'red' : 'yellow', severity.padEnd(7));
      const other = botPath.toLowerCase() === path.toLowerCase() ? '' : `${botPath}: `;
      const place = line === 0 ? 'whole' : `line ${line}`;
      return `  ${word}  ${place.padEnd(8)}  ${visible(`${other}${message}`)} ${style(stream, 'dim', `(${code})`)}`;
    })
    .join('\n');
}
