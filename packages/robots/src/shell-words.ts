/** Why a line cannot be split into words. */
export class ShellWordsError extends Error {
  override readonly name = 'ShellWordsError';
}

/**
 * A command line as a POSIX shell would split it: blanks separate, single quotes keep everything, double quotes keep all
 * but `\"`, `\\`, `\$`, `` \` `` and a broken line, a backslash keeps the next character. Nothing is expanded: `$HOME`, `*`, `|` and `;`
 * are ordinary characters, because no shell runs what comes out.
 *
 * @throws ShellWordsError when a quote is not closed, or the line ends in a backslash
 */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const end = closingQuote(line, at);
      const inside = line.slice(at + 1, end);
      word = (word ?? '') + (character === "'" ? inside : inside.replace(/\\(["\\$`\n])/g, keepEscaped));
      at = end;
    } else if (character === '\\') {
      at++;
      if (at === line.length) throw new ShellWordsError('it ends in a backslash');
      if (line[at] !== '\n') word = (word ?? '') + line[at];
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closingQuote(line: string, from: number): number {
  const quote = line[from];
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === quote) return at;
    if (quote === '"' && line[at] === '\\') at++;
  }
  throw new ShellWordsError(`the quote ${quote} is not closed`);
}

const keepEscaped = (_: string, character: string): string => (character === '\n' ? '' : character);
