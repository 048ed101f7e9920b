import { quote, quoteAll, RobotRefusal } from './robot-refusal.ts';
import type { RobotTask, RobotYaml } from './robot-yaml.ts';

/**
 * The task that is meant: by its exact name, else whatever the letter case; without a name the only one there is.
 *
 * @param developer whether `devTasks` count too
 * @throws RobotRefusal `no-such-task`
 */
export function chooseTask(robot: RobotYaml, name: string, developer = false): RobotTask {
  const tasks = developer ? [...robot.devTasks, ...robot.tasks] : robot.tasks;
  const wanted = name.trim();
  const [only] = tasks;
  if (wanted === '') {
    if (only && tasks.length === 1) return only;
    throw new RobotRefusal('no-such-task', `Which task is to run? The robot has ${tasks.length}: ${namesOf(tasks)}.`);
  }
  const lower = wanted.toLowerCase();
  const found = tasks.find((task) => task.name === wanted) ?? tasks.find((task) => task.name.toLowerCase() === lower);
  if (found) return found;
  throw new RobotRefusal('no-such-task', `The robot has no task ${quote(wanted)}. It has ${namesOf(tasks)}.`);
}

/**
 * Program and arguments of a task.
 *
 * @param artifacts the folder for its output, absolute
 */
export function argumentsOf({ command }: RobotTask, artifacts: string): readonly [string, ...string[]] {
  if (command.kind === 'robotTaskName') {
    const options = ['--report', 'NONE', '--outputdir', artifacts, '--logtitle', 'Task log'];
    return ['python', '-m', 'robot', ...options, '--task', command.robotTaskName, '.'];
  }
  const [program = '', ...rest] = command.words;
  return [program, ...rest];
}

const namesOf = (tasks: readonly RobotTask[]): string => quoteAll(tasks.map(({ name }) => name));
