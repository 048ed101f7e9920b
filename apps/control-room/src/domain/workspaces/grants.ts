/** The sixteen permissions of a workspace's keys (contract robocorp §3). */
export const WORKSPACE_PERMISSIONS = [
  'Workers.read_workers',
  'Workers.write_workers',
  'Processes.read_processes',
  'Processes.read_runs',
  'Processes.read_run_outputs',
  'Processes.trigger_processes',
  'Processes.read_work_items',
  'Processes.write_work_items',
  'Tasks.read_task_packages',
  'Tasks.write_task_packages',
  'Assets.read_asset_storage_assets',
  'Assets.write_asset_storage_assets',
  'Webhooks.read_webhooks',
  'Webhooks.write_webhooks',
  'Assistants.read_assistants',
  'Assistants.write_assistants',
] as const;
export type WorkspacePermission = (typeof WORKSPACE_PERMISSIONS)[number];

/** What the tokens of running robots and of tools open besides; no key holds one of these. */
export type TokenGrant =
  | 'Robot.work_items'
  | 'Robot.secrets'
  | 'Tool.view_workspaces'
  | 'Tool.read_robots'
  | 'Tool.write_robots'
  | 'Tool.run_assistants';

export type WorkspaceGrant = WorkspacePermission | TokenGrant;

/** A permission by its name, or by the short one of old pages: `read_runs`. Letter case does not count. */
export function readWorkspacePermission(text: string): WorkspacePermission | undefined {
  const wanted = text.trim().toLowerCase();
  return WORKSPACE_PERMISSIONS.find((name) => {
    const lower = name.toLowerCase();
    return lower === wanted || lower.slice(lower.indexOf('.') + 1) === wanted;
  });
}
