import { action, attribute, BotError } from '@signalbox/taskbot';
import { foldCase } from '../support/text.ts';

/** The delimiter is plain text. ONLY keeps the first `limit` pieces and drops the others. */
export const split = action({
  package: 'String',
  name: 'split',
  summary: 'Cuts a text at a delimiter into a list of texts.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    sourceString: attribute.text(),
    delimiter: attribute.text(),
    isCaseSensitive: attribute.flag(),
    substrings: attribute.choice(['ALL', 'ONLY']),
    limit: attribute.number(),
  },
  returns: 'LIST',
  run: (input) => {
    const pieces = cut(input.sourceString, input.delimiter, input.isCaseSensitive);
    if (input.substrings === 'ALL') return pieces;
    if (input.limit === undefined || !Number.isInteger(input.limit) || input.limit < 0) {
      throw new BotError('Expected how many pieces to keep (limit, nought or more), but there is no such number.');
    }
    return pieces.slice(0, input.limit);
  },
});

const cut = (source: string, delimiter: string, caseSensitive: boolean): string[] => {
  if (delimiter === '') return [source];
  if (caseSensitive) return source.split(delimiter);
  const folded = foldCase(source);
  const mark = foldCase(delimiter);
  const pieces: string[] = [];
  let from = 0;
  for (let at = folded.indexOf(mark); at >= 0; at = folded.indexOf(mark, from)) {
    pieces.push(source.slice(from, at));
    from = at + mark.length;
  }
  pieces.push(source.slice(from));
  return pieces;
};
