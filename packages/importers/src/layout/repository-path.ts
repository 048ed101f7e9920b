/** The folder that every repository path begins with. */
const ROOT = 'Automation Anywhere';
const BOTS = `${ROOT}/Bots`;

/** A path of a manifest, a dependency list or a URI, with slashes and no slash at its ends. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\/+|\/+$/g, '');
}

/**
 * What of a path lies in the repository: from the first `Automation Anywhere` on, for exports are often unpacked or packed
 * again inside another folder (a download from a Git server). Undefined when there is no such folder in it.
 */
export function insideRepository(path: string): string | undefined {
  const segments = path.split('/');
  const at = segments.findIndex((segment) => segment.toLowerCase() === ROOT.toLowerCase());
  return at < 0 ? undefined : [ROOT, ...segments.slice(at + 1)].join('/');
}

/** Where a file of a plain folder goes in the repository: under `Bots`, as it lies. */
export function underBots(path: string): string {
  return `${BOTS}/${path}`;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Empty for a path without folders. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** `Demo/bot_Greet/content.json` is the bot `Demo/Greet` (contract bots §1.1); undefined for any other path. */
export function botOfGitContent(path: string): string | undefined {
  const found = /^(.*\/)?bot_([^/]+)\/content\.json$/i.exec(path);
  return found === null ? undefined : `${found[1] ?? ''}${found[2]}`;
}
