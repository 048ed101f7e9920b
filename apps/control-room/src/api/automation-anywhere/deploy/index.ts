import type { Operation } from '../../operation.ts';
import { deployV2 } from './deploy-v2.ts';
import { deployV3 } from './deploy-v3.ts';
import { deployV4 } from './deploy-v4.ts';

export const deployOperations: readonly Operation[] = [deployV2, deployV3, deployV4];
