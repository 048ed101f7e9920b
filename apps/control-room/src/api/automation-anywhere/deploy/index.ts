import type { Operation } from '../../operation.ts';
import { deploy } from './deploy.ts';

export const deployOperations: readonly Operation[] = [deploy];
