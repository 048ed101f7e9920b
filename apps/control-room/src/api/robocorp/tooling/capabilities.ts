import type { WorkspaceGrant } from '../../../domain/workspaces/index.ts';
import { error } from '../../../kernel/errors.ts';

/**
 * What each of the sets that a tool may ask for opens (contract robocorp §9.2). A robot that is run by hand gets what a running one has:
 * its library reaches assets with the token for secrets.
 */
const CAPABILITIES: Readonly<Record<string, readonly WorkspaceGrant[]>> = {
  'view/workspaces': ['Tool.view_workspaces'],
  'get/robot': ['Tool.view_workspaces', 'Tool.read_robots'],
  'edit/robot': ['Tool.view_workspaces', 'Tool.read_robots', 'Tool.write_robots'],
  'run/assistant': ['Tool.view_workspaces', 'Tool.run_assistants'],
  'run/robot': [
    'Tool.view_workspaces',
    'Tool.read_robots',
    'Robot.secrets',
    'Robot.work_items',
    'Assets.read_asset_storage_assets',
    'Assets.write_asset_storage_assets',
  ],
};

/** What older tools ask for by the names of things, and which set that is now. */
const OF_OLD: Readonly<Record<string, string>> = {
  package: 'edit/robot',
  secret: 'run/robot',
  workitemdata: 'run/robot',
  assistant: 'run/assistant',
};

/** @param capabilities of older tools; what they name besides has no set. Without anything the least. @throws invalid */
export function grantsOf(
  capabilitySet: string | undefined,
  capabilities: Readonly<Record<string, unknown>> = {},
): readonly WorkspaceGrant[] {
  if (capabilitySet !== undefined) return grantsOfSet(capabilitySet);
  const sets = Object.keys(capabilities).flatMap((name) => OF_OLD[name.toLowerCase()] ?? []);
  return [...new Set(['view/workspaces', ...sets].flatMap(grantsOfSet))];
}

function grantsOfSet(capabilitySet: string): readonly WorkspaceGrant[] {
  const grants = CAPABILITIES[capabilitySet.trim().toLowerCase()];
  if (grants) return grants;
  throw error('invalid', 'There is no capability set of this name.', {
    details: `expected one of ${Object.keys(CAPABILITIES).join(', ')}`,
  });
}
