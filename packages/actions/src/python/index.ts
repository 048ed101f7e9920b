import type { Declaration } from '@signalbox/taskbot';
import { closeScript } from './close-script.ts';
import { executeFunction } from './execute-function.ts';
import { executeScript } from './execute-script.ts';
import { openScript } from './open-script.ts';

export const pythonPackage: readonly Declaration[] = [closeScript, executeFunction, executeScript, openScript];
