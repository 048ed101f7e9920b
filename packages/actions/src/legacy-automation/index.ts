import type { Declaration } from '@signalbox/taskbot';
import { getAbsolutePath } from './get-absolute-path.ts';
import { getCellByIndexOrName, getLegacyIndexValue } from './index-value.ts';
import { getKeystrokeCount, getKeystrokesDelay, parseLegacyKeys } from './keystrokes.ts';
import { legacyConditionVariable } from './legacy-condition-variable.ts';
import { parseVariableOperation } from './parse-variable-operation.ts';
import { getDecrementedNumber, getIncrementedNumber } from './step.ts';
import { dictionaryToString, listToString } from './to-string.ts';

/** What migration from Enterprise 11 leaves in a bot. */
export const legacyAutomationPackage: readonly Declaration[] = [
  getKeystrokesDelay,
  legacyConditionVariable,
  dictionaryToString,
  getAbsolutePath,
  getCellByIndexOrName,
  getDecrementedNumber,
  getIncrementedNumber,
  getKeystrokeCount,
  getLegacyIndexValue,
  listToString,
  parseLegacyKeys,
  parseVariableOperation,
];
