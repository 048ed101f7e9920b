import type { Declaration } from '@signalbox/taskbot';
import { assignToCredential, readCredential } from './credential.ts';

export const credentialPackage: readonly Declaration[] = [assignToCredential, readCredential];
