import { accessCredentialOperations } from './access-credentials.ts';
import { keyOperations } from './keys.ts';
import { memberOperations } from './members.ts';
import { workspaceOperations } from './workspaces.ts';

export const workspaceExtensionOperations = [
  ...workspaceOperations,
  ...memberOperations,
  ...keyOperations,
  ...accessCredentialOperations,
];
