import {
  type Archive,
  type ArchiveFault,
  type ArchiveFile,
  type FaultCode,
  openArchive,
  refusalCode,
} from '@signalbox/archives';
import type { RobotLimits } from '../limits.ts';
import { quoteAll, RobotRefusal } from '../robot-refusal.ts';

/** A robot.zip whose directory has been judged. Paths are below the folder of robot.yaml. */
export type RobotZip = Archive;

const ROBOT_YAML = 'robot.yaml';
/** What Macs put beside the files when they pack. */
const NOT_THE_ROBOTS = /^__MACOSX\/|(^|\/)\.DS_Store$/;

/** What to do about it. Whoever has the robot can pack it anew. */
const REMEDIES: Readonly<Record<FaultCode, string>> = {
  'not-a-zip': 'Was it sent to its end?',
  damaged: 'Pack the robot anew.',
  'unknown-method': 'Pack the robot anew, with a usual program.',
  encrypted: 'Pack the robot without a password.',
  'bad-name': 'Nothing was unpacked. Pack the robot anew.',
  'absolute-path': 'Nothing was unpacked. Pack the robot anew.',
  'climbing-path': 'Nothing was unpacked. Pack the robot anew.',
  link: 'Pack the file itself in its place.',
  'duplicate-path': 'Rename one of them.',
  'too-many-files': 'Leave out what the robot does not need.',
  'too-large': 'Leave out what the robot does not need.',
  'too-large-together': 'Leave out what the robot does not need.',
  swelling: 'Nothing was unpacked.',
};

/**
 * Opens a robot.zip and judges all that its directory says, and where robot.yaml is. A single top folder around it is taken away.
 *
 * @param from the archive itself, or its path
 * @throws RobotRefusal
 */
export async function openRobotZip(from: string | Buffer, limits: RobotLimits): Promise<RobotZip> {
  const leaveOut = (path: string): boolean => NOT_THE_ROBOTS.test(path);
  const archive = await openArchive(from, { limits, refuse, leaveOut, forDisk: true });
  try {
    return { files: placeAtRobotYaml(archive.files), close: archive.close };
  } catch (cause) {
    archive.close();
    throw cause;
  }
}

function placeAtRobotYaml(files: readonly ArchiveFile[]): readonly ArchiveFile[] {
  if (files.some(({ path }) => path === ROBOT_YAML)) return files;
  const tops = [...new Set(files.map(({ path }) => path.split('/', 1)[0] ?? path))];
  const [top] = tops;
  if (tops.length === 1 && files.some(({ path }) => path === `${top}/${ROBOT_YAML}`)) {
    return files.map((file) => ({ ...file, path: file.path.slice(`${top}/`.length) }));
  }
  const seen = files.map(({ path }) => path).filter((path) => /(^|\/)robot\.ya?ml$/i.test(path));
  throw new RobotRefusal(
    'no-robot-yaml',
    `Expected "${ROBOT_YAML}" at the top of the archive, or in the only folder there; ${
      seen.length > 0 ? `it is at ${quoteAll(seen)}` : `at the top there is ${quoteAll(tops)}`
    }. Pack the content of the robot's folder.`,
  );
}

function refuse(fault: ArchiveFault): RobotRefusal {
  return new RobotRefusal(refusalCode(fault.code), `${fault.message}. ${REMEDIES[fault.code]}`, { cause: fault });
}
