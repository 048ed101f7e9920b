import type { Declaration } from '@signalbox/taskbot';
import { soapCall } from './soap-call.ts';

export const soapPackage: readonly Declaration[] = [soapCall];
