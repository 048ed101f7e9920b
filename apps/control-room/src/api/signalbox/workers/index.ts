import { providerOperations } from './providers.ts';
import { revealLinkToken } from './reveal-link-token.ts';

export const workerExtensionOperations = [revealLinkToken, ...providerOperations];
