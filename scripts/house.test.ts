import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The rules of the house (docs/architecture.md), read off the imports themselves. */
const root = join(import.meta.dirname, '..');
const source = 'apps/control-room/src';

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = ['apps', 'packages', 'samples', 'scripts', 'bench'].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);
const inside = imports.filter(({ from, to }) => from.startsWith(`${source}/`) && to.startsWith(`${source}/`));

/** `api`, `domain`, `kernel`; what stands directly under src (main, compose, index) sees all. */
const layerOf = (file: string): string =>
  /^(api|domain|kernel)\//.exec(relative(source, file).replaceAll(sep, '/'))?.[1] ?? 'top';
const capabilityOf = (file: string): string | undefined =>
  /^domain\/([^/]+)\//.exec(relative(source, file).replaceAll(sep, '/'))?.[1];

/** Who stands on whom; a capability may use those of lower rank. */
const RANKS: Readonly<Record<string, number>> = {
  audit: 0,
  identity: 1,
  workspaces: 1.5,
  transfers: 2,
  'task-packages': 3,
  assets: 3,
  assistants: 6,
  outbox: 2,
  'global-values': 2,
  'audit-log': 3,
  vault: 2,
  bots: 1,
  repository: 2,
  fleet: 2.5,
  work: 2,
  packages: 3,
  runs: 3,
  'api-tasks': 4,
  lifecycle: 4,
  policies: 3,
  launches: 5,
  schedules: 6,
  triggers: 7,
  processes: 4.5,
  webhooks: 4,
  insight: 8,
};

describe('the house', () => {
  it('lets api see domain and kernel, domain see kernel, kernel nobody, and nobody the composition', () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      top: ['top', 'api', 'domain', 'kernel'],
      api: ['api', 'domain', 'kernel'],
      domain: ['domain', 'kernel'],
      kernel: ['kernel'],
    };
    expect(inside.filter(({ from, to }) => !allowed[layerOf(from)]?.includes(layerOf(to))).map(show)).toEqual([]);
  });

  it('keeps the domain a hierarchy', () => {
    const wrong = inside.filter(({ from, to }) => {
      const [above, below] = [capabilityOf(from), capabilityOf(to)];
      return (
        above !== undefined && below !== undefined && above !== below && (RANKS[above] ?? 0) <= (RANKS[below] ?? 0)
      );
    });
    expect(wrong.map(show)).toEqual([]);
    const unranked = new Set(
      files.flatMap((file) => capabilityOf(file) ?? []).filter((name) => RANKS[name] === undefined),
    );
    expect([...unranked]).toEqual([]);
  });

  it('lets a domain folder be used through its index only', () => {
    const behindTheFace = inside.filter(({ from, to }) => {
      const folder = capabilityOf(to);
      return (
        folder !== undefined &&
        capabilityOf(from) !== folder &&
        !to.endsWith(`${folder}/index.ts`) &&
        !from.endsWith('.test.ts')
      );
    });
    expect(behindTheFace.map(show)).toEqual([]);
  });

  it('knows HTTP in api only, and SQL nowhere in api', () => {
    const http = files.filter(
      (file) => /^(domain|kernel)$/.test(layerOf(file)) && /from '(fastify|@fastify\/|undici)/.test(read(file)),
    );
    const sql = files.filter(
      (file) =>
        layerOf(file) === 'api' &&
        file.startsWith(source) &&
        !file.endsWith('.test.ts') &&
        /from '(pg|kysely)'/.test(read(file)),
    );
    expect([...http, ...sql]).toEqual([]);
  });

  it('keeps the bot language free of I/O and of its actions', () => {
    const language = files.filter((file) => file.startsWith('packages/taskbot/src/') && !file.endsWith('.test.ts'));
    expect(
      language.filter((file) => /from '(node:(fs|net|http|https|child_process|dns)|@signalbox\/)/.test(read(file))),
    ).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(findCircle(imports)).toBeUndefined();
  });

  it('exports by name only, and keeps no state at module level', () => {
    const shipped = files.filter((file) => !file.endsWith('.test.ts'));
    expect(shipped.filter((file) => /^export default/m.test(read(file)))).toEqual([]);
    expect(shipped.filter((file) => file.startsWith(source) && /^(export )?let /m.test(read(file)))).toEqual([]);
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

function importsOf(file: string): Import[] {
  return [...read(file).matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'/gm)].flatMap(([statement, target]) => {
    // What only the checker sees cannot make a circle, but it can break a layer: it counts for everything but circles.
    if (!target?.startsWith('.')) return [];
    const to = relative(root, resolve(root, dirname(file), target)).replaceAll(sep, '/');
    return [{ from: file, to, typesOnly: /^(import|export)\s+type\s/.test(statement) }];
  });
}

function findCircle(all: readonly Import[]): string[] | undefined {
  const targets = Map.groupBy(
    all.filter((one) => !(one as Import & { typesOnly: boolean }).typesOnly),
    ({ from }) => from,
  );
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (finished.has(file)) return undefined;
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    path.push(file);
    for (const { to } of targets.get(file) ?? []) {
      const circle = visit(to);
      if (circle) return circle;
    }
    path.pop();
    finished.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function show({ from, to }: Import): string {
  return `${from} → ${to}`;
}
