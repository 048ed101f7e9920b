import { standardPackages } from '@signalbox/actions';
import { checkBot, createRegistry, type Problem, pathOfBot, type Registry, type Target } from '@signalbox/taskbot';
import type { Bots } from '../bots/open-bots.ts';
import { readTarget } from '../bots/target.ts';

export interface CheckedBot {
  readonly path: string;
  readonly sourcePath: string;
  readonly lines: number;
  readonly target: Target;
  readonly problems: readonly Problem[];
}

export const standardRegistry = (): Registry => createRegistry(standardPackages);

/**
 * Checks every bot of an import, each with those it calls. A problem is told once, with the bot it is in; those of bots
 * that came from around a single file are told with that file.
 */
export async function checkBots(bots: Bots, target: string | undefined): Promise<CheckedBot[]> {
  const registry = standardRegistry();
  const own = new Set(bots.opened.bots.map(({ path }) => path.toLowerCase()));
  const checked: CheckedBot[] = [];
  for (const { path, sourcePath, lines, contentType } of bots.opened.bots) {
    const where = readTarget(target, contentType);
    const document = await bots.resolve(path);
    // It was read when the import was opened; gone means that somebody removes files meanwhile.
    if (document === undefined) throw new Error(`${sourcePath} is not there any more`);
    const all = await checkBot(document, {
      registry,
      path,
      target: where,
      resolveBot: (callee) => bots.resolve(callee),
    });
    const problems = all.filter(({ botPath }) => {
      const at = pathOfBot(botPath).toLowerCase();
      return at === path.toLowerCase() || !own.has(at);
    });
    checked.push({ path, sourcePath, lines, target: where, problems });
  }
  return checked;
}

export const errorsIn = (problems: readonly Problem[]): number =>
  problems.filter(({ severity }) => severity === 'error').length;
