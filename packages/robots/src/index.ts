export { unpackRobot } from './archive/unpack-robot.ts';
export { type CondaYaml, type Requirement, readCondaYaml } from './environment/conda-yaml.ts';
export { chooseEnvironmentFile, preRunScriptsOf } from './environment/environment-file.ts';
export {
  type MarkerFacts,
  normalName,
  type RequirementMeaning,
  readCondaRequirement,
  readPipRequirement,
  type Wanted,
} from './environment/requirement.ts';
export { fitsVersion } from './environment/version.ts';
export { DEFAULT_ROBOT_LIMITS, type RobotLimits } from './limits.ts';
export { type Platform, platformOf } from './platform.ts';
export { type RobotPackage, readRobotPackage } from './read-robot-package.ts';
export { type RobologMessage, RobologReader } from './robolog/robolog-reader.ts';
export { quote, type RefusalCode, RobotRefusal } from './robot-refusal.ts';
export { type RobotTask, type RobotYaml, readRobotYaml, type TaskCommand } from './robot-yaml.ts';
export { splitShellWords } from './shell-words.ts';
export { argumentsOf, chooseTask } from './tasks.ts';
