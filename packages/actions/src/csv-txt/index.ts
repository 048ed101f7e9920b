import type { Declaration } from '@signalbox/taskbot';
import { closeCsvTxt } from './close.ts';
import { csvIterator } from './csv-iterator.ts';
import { openCsvTxt } from './open.ts';
import { readFromCsvTxt } from './read.ts';

export const csvTxtPackage: readonly Declaration[] = [closeCsvTxt, openCsvTxt, readFromCsvTxt, csvIterator];
