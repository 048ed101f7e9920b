import { isMeantFor, type Platform } from '../platform.ts';
import { quoteAll, RobotRefusal } from '../robot-refusal.ts';
import type { RobotYaml } from '../robot-yaml.ts';

/**
 * The first environment file that is meant for this platform and is in the robot; undefined when the robot names none, and
 * runs in whatever the device has.
 *
 * @param exists whether the robot has a file
 * @throws RobotRefusal `no-environment` when it names some and none will do: it was made for other platforms
 */
export function chooseEnvironmentFile(
  { environmentFiles }: RobotYaml,
  platform: Platform,
  exists: (file: string) => boolean,
): string | undefined {
  if (environmentFiles.length === 0) return undefined;
  const chosen = environmentFiles.find((file) => isMeantFor(file, platform) && exists(file));
  if (chosen !== undefined) return chosen;
  const meant = environmentFiles.filter((file) => isMeantFor(file, platform));
  const here = `${platform.os}_${platform.architecture}`;
  throw new RobotRefusal(
    'no-environment',
    meant.length > 0
      ? `The robot has no file ${quoteAll(meant)}, which robot.yaml names as its environment. Was it left out of the package?`
      : `None of the robot's environment files is for ${here}: ${quoteAll(environmentFiles)}. Add one, or run the robot on another device.`,
  );
}

/** Which scripts go before the task here, in their order. */
export function preRunScriptsOf(robot: RobotYaml, platform: Platform): readonly (readonly string[])[] {
  return robot.preRunScripts.filter(({ text }) => isMeantFor(text, platform)).map(({ words }) => words);
}
