import { openRobotZip } from './archive/open-robot-zip.ts';
import { DEFAULT_ROBOT_LIMITS, type RobotLimits } from './limits.ts';
import { RobotRefusal } from './robot-refusal.ts';
import { type RobotYaml, readRobotYaml } from './robot-yaml.ts';

export interface RobotPackage {
  /** The names of its tasks, in their order; those for developers are not among them. */
  readonly tasks: readonly string[];
  readonly robotYaml: RobotYaml;
}

/**
 * What a robot.zip holds, for whoever takes it in. Nothing is written, and nothing but robot.yaml is unpacked.
 *
 * @throws RobotRefusal when it is no robot, or one that would be refused where it is to run
 */
export async function readRobotPackage(zip: Buffer, limits: Partial<RobotLimits> = {}): Promise<RobotPackage> {
  const bounds = { ...DEFAULT_ROBOT_LIMITS, ...limits };
  const robot = await openRobotZip(zip, bounds);
  try {
    const file = robot.files.find(({ path }) => path === 'robot.yaml');
    // Found when the archive was opened; a robot without one does not come so far.
    if (!file) throw new RobotRefusal('no-robot-yaml', 'The archive has no robot.yaml.');
    const robotYaml = readRobotYaml(await file.read(bounds.yamlBytes));
    return { tasks: robotYaml.tasks.map(({ name }) => name), robotYaml };
  } finally {
    robot.close();
  }
}
