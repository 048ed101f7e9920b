import type { FileFilter } from '../support/file-choice.ts';

/** For who looks at every file. */
export const noFilter: FileFilter = {
  isSize: false,
  sizeValue: 'Atleast',
  size: undefined,
  isDate: false,
  dateValue: 'Created',
  dateRangeValue: 'Before',
  days: undefined,
  hours: undefined,
  minutes: undefined,
  beforeDate: '',
  afterDate: '',
  isBeforeDateIncluded: false,
  isAfterDateIncluded: false,
};
