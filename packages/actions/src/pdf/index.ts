import type { Declaration } from '@signalbox/taskbot';
import { extractText } from './extract-text.ts';
import { getPageCount, getProperty } from './properties.ts';
import { mergeDocuments, splitDocument } from './split-merge.ts';

export const pdfPackage: readonly Declaration[] = [
  extractText,
  getPageCount,
  getProperty,
  mergeDocuments,
  splitDocument,
];
