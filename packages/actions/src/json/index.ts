import type { Declaration } from '@signalbox/taskbot';
import { addNodeValue, updateNodeValue } from './change-node.ts';
import { dictionaryToJson, jsonToDictionary } from './dictionary.ts';
import { getNodeList } from './get-node-list.ts';
import { getNodeValue } from './get-node-value.ts';
import { endSession, startSession } from './session.ts';

export const jsonPackage: readonly Declaration[] = [
  addNodeValue,
  dictionaryToJson,
  endSession,
  getNodeList,
  getNodeValue,
  jsonToDictionary,
  startSession,
  updateNodeValue,
];
