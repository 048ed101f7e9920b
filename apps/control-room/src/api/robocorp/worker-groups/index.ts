import { createWorkerGroup, listWorkerGroups } from './groups.ts';
import { createGroupLinkToken, listGroupLinkTokens } from './link-tokens.ts';
import { addWorkerToGroup, removeWorkerFromGroup } from './members.ts';
import { deleteWorkerGroup, getWorkerGroup, updateWorkerGroup } from './one-group.ts';
import { deleteGroupLinkToken, getGroupLinkToken, updateGroupLinkToken } from './one-link-token.ts';

export const workerGroupOperations = [
  listWorkerGroups,
  createWorkerGroup,
  getWorkerGroup,
  ...updateWorkerGroup,
  deleteWorkerGroup,
  ...addWorkerToGroup,
  removeWorkerFromGroup,
  listGroupLinkTokens,
  createGroupLinkToken,
  getGroupLinkToken,
  ...updateGroupLinkToken,
  deleteGroupLinkToken,
];
