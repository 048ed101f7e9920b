import type { Declaration } from '@signalbox/taskbot';
import { clickElement, getTextElement, getValueElement, setValueElement } from './element-actions.ts';
import { executeJs, openPage, pageLoaded } from './page-actions.ts';
import { endSession, startSession } from './session.ts';

export const webAutomationPackage: readonly Declaration[] = [
  clickElement,
  endSession,
  executeJs,
  getTextElement,
  getValueElement,
  openPage,
  pageLoaded,
  setValueElement,
  startSession,
];
