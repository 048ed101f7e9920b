import type { Operation } from '../../operation.ts';
import { getDelivery } from './get-delivery.ts';
import { listDeliveries } from './list-deliveries.ts';
import { replayDeliveries, replayDelivery } from './replay.ts';
import { revealSigningSecret, rotateSigningSecret } from './signing-secret.ts';

export const deliveryOperations: readonly Operation[] = [
  listDeliveries,
  getDelivery,
  replayDelivery,
  replayDeliveries,
  revealSigningSecret,
  rotateSigningSecret,
];
