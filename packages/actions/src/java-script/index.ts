import type { Declaration } from '@signalbox/taskbot';
import { closeScript } from './close-script.ts';
import { executeFunction } from './execute-function.ts';
import { openScript } from './open-script.ts';

export const javaScriptPackage: readonly Declaration[] = [closeScript, executeFunction, openScript];
