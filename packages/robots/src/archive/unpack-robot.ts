import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveFile } from '@signalbox/archives';
import { DEFAULT_ROBOT_LIMITS, type RobotLimits } from '../limits.ts';
import { openRobotZip } from './open-robot-zip.ts';

/**
 * Unpacks a robot.zip into a folder, which must not be there yet: what lies in one could be a link. Afterwards robot.yaml is
 * right below it. Programs stay programs.
 *
 * @param zip the path of the archive
 * @throws RobotRefusal; the folder may then hold a part
 */
export async function unpackRobot(zip: string, folder: string, limits: Partial<RobotLimits> = {}): Promise<void> {
  const robot = await openRobotZip(zip, { ...DEFAULT_ROBOT_LIMITS, ...limits });
  try {
    await mkdir(folder);
    const made = new Set([folder]);
    for (const file of robot.files) {
      const path = join(folder, file.path);
      const parent = dirname(path);
      if (!made.has(parent)) await mkdir(parent, { recursive: true });
      made.add(parent);
      await write(file, path);
    }
  } finally {
    robot.close();
  }
}

async function write(file: ArchiveFile, path: string): Promise<void> {
  // `wx`: a name that the file system takes for one that is there already is refused, not written over.
  const handle = await open(path, 'wx', file.executable ? 0o755 : 0o644);
  try {
    await handle.writeFile(file.content());
  } finally {
    await handle.close();
  }
}
