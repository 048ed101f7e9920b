import type { Declaration } from '@signalbox/taskbot';
import { close } from './close.ts';
import { downloadFile } from './download-file.ts';
import { openBrowser } from './open-browser.ts';
import { getSourceCode, goBack } from './pages.ts';
import { runJavaScript } from './run-java-script.ts';

export const browserPackage: readonly Declaration[] = [
  close,
  downloadFile,
  getSourceCode,
  goBack,
  openBrowser,
  runJavaScript,
];
