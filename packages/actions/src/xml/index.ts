import type { Declaration } from '@signalbox/taskbot';
import { deleteNode } from './delete-node.ts';
import { endSession } from './end-session.ts';
import { executeXPath } from './execute-xpath.ts';
import { getMultipleNode } from './get-multiple-node.ts';
import { getSingleNode } from './get-single-node.ts';
import { insertNode } from './insert-node.ts';
import { saveXml } from './save-xml.ts';
import { startSession } from './start-session.ts';
import { updateNode } from './update-node.ts';
import { validateXml } from './validate-xml.ts';
import { xmlIterator } from './xml-iterator.ts';

export const xmlPackage: readonly Declaration[] = [
  deleteNode,
  endSession,
  executeXPath,
  getMultipleNode,
  getSingleNode,
  insertNode,
  saveXml,
  startSession,
  updateNode,
  validateXml,
  xmlIterator,
];
