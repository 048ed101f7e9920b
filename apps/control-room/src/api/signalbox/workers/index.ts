import { providerOperations } from './providers.ts';
import { revealLinkToken } from './reveal-link-token.ts';
import { workerOperationsOfPeople } from './workers.ts';

export const workerExtensionOperations = [...workerOperationsOfPeople, revealLinkToken, ...providerOperations];
