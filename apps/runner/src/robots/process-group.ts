import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/* Whole families of processes: a robot starts others, and none of them may be left behind. */

/** Says a signal to a program and to whatever it started in its group. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    // Windows has neither groups nor signals: its own tool ends the tree.
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/**
 * Kills at once whatever carries this variable in its environment: what a robot started outlives its group when it made one of
 * its own. Only Linux tells.
 */
export function killCarrying(name: string, value: string): void {
  if (process.platform !== 'linux') return;
  const carried = `${name}=${value}`;
  for (const pid of processes()) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(latin1(carried))) continue;
      if (Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended in the meantime, or is somebody else's.
    }
  }
}

/** The numbers of all processes; none where nobody may see them. */
function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

/** When a process began, in words that no other under its number has; undefined when there is none. */
export function beginningOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      // Behind the name, which may hold anything: the 20th field is the time since the machine began.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' ? undefined : `${boot} ${fields[19]}`;
    }
    if (process.platform === 'win32') return undefined;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
