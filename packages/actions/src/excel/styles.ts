import { parseXml } from './parse-xml.ts';
import { childNamed, childrenNamed } from './xml.ts';

/** The number format of a cell's style, by the style's index. */
export type Formats = readonly string[];

/** The formats that files name by number only (ECMA-376 part 1, 18.8.30). */
const BUILT_IN: Readonly<Record<number, string>> = {
  0: 'General',
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  14: 'm/d/yyyy',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'm/d/yyyy h:mm',
  37: '#,##0 ;(#,##0)',
  38: '#,##0 ;[Red](#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;[Red](#,##0.00)',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mmss.0',
  48: '##0.0E+0',
  49: '@',
};

export const readFormats = (text: string | undefined): Formats => {
  if (text === undefined) return [];
  const styles = parseXml(text, 'styles.xml');
  const own = new Map(
    childrenNamed(childNamed(styles, 'numFmts') ?? styles, 'numFmt').map(({ attributes }) => [
      attributes.numFmtId,
      attributes.formatCode ?? 'General',
    ]),
  );
  const cellStyles = childNamed(styles, 'cellXfs');
  if (cellStyles === undefined) return [];
  return childrenNamed(cellStyles, 'xf').map(
    ({ attributes: { numFmtId = '0' } }) => own.get(numFmtId) ?? BUILT_IN[Number(numFmtId)] ?? 'General',
  );
};
