import { type SecretFinding, scanSecrets } from '@signalbox/importers';
import { type BotDocument, builtIns, type Registry } from '@signalbox/taskbot';
import type { Bots } from '../bots/open-bots.ts';
import { type CheckedBot, checkBots, standardRegistry } from '../check/check-bots.ts';

/** What an import holds and what of it works here. */
export interface Look {
  readonly checked: readonly CheckedBot[];
  readonly packages: readonly { readonly name: string; readonly versions: readonly string[]; readonly here: boolean }[];
  /** Commands, conditions and iterators that keep bots from running. */
  readonly unsupported: readonly {
    readonly command: string;
    readonly code: string;
    readonly lines: number;
    readonly bots: number;
  }[];
  readonly secrets: readonly (SecretFinding & { readonly bot: string })[];
}

const UNSUPPORTED: ReadonlySet<string> = new Set([
  'unknown-command',
  'unknown-condition',
  'unknown-iterator',
  'unknown-function',
  'unknown-package-variable',
  'needs-desktop',
  'attended-only',
  'device-only',
]);

export async function look(bots: Bots, target: string | undefined): Promise<Look> {
  const registry = standardRegistry();
  const checked = await checkBots(bots, target);
  const secrets: (SecretFinding & { bot: string })[] = [];
  for (const { path } of checked) {
    const document: BotDocument | undefined = await bots.resolve(path);
    if (document !== undefined) secrets.push(...scanSecrets(document).map((one) => ({ bot: path, ...one })));
  }
  return { checked, packages: packagesOf(bots, registry), unsupported: unsupportedIn(checked), secrets };
}

function packagesOf({ opened }: Bots, registry: Registry): Look['packages'] {
  const ours = new Set(builtIns.map((one) => one.package.toLowerCase()));
  return Array.from(
    Map.groupBy(opened.packages, ({ name }) => name.toLowerCase()),
    ([key, same]) => ({
      name: same[0]?.name ?? key,
      versions: same.map(({ version }) => version).filter((version) => version !== ''),
      here: ours.has(key) || registry.hasPackage(key),
    }),
  );
}

function unsupportedIn(checked: readonly CheckedBot[]): Look['unsupported'] {
  const found = checked.flatMap(({ path, problems }) =>
    problems
      .filter(({ code, packageName }) => UNSUPPORTED.has(code) && packageName !== undefined)
      .map(({ code, packageName, command, line }) => ({
        path,
        line,
        code,
        command: `${packageName}.${command ?? ''}`,
      })),
  );
  return Array.from(
    Map.groupBy(found, ({ code, command }) => `${command} ${code}`),
    ([, same]) => ({
      command: same[0]?.command ?? '',
      code: same[0]?.code ?? '',
      lines: new Set(same.map(({ path, line }) => `${line} ${path}`)).size,
      bots: new Set(same.map(({ path }) => path)).size,
    }),
  ).sort((a, b) => b.lines - a.lines);
}
