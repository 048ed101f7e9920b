/** By what a program finds its libraries and its place. All else stays with the runner, whose tokens may be among it. */
const KEPT =
  /^(?:path|home|user|username|lang|lc_\w+|tz|tmpdir|temp|tmp|display|systemroot|systemdrive|windir|comspec|userprofile|homedrive|homepath|appdata|localappdata|programdata|programfiles(?:\(x86\))?|pathext|computername)$/i;

export const childEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));
