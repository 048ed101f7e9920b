import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../packages/importers/test-support/folder.ts';
import { type Builder, buildStep } from '../src/robots/environments/builders.ts';
import { Environments } from '../src/robots/environments/environments.ts';
import { findPython, has } from '../test-support/python.ts';

const { at, write } = testFolder();
const never = new AbortController().signal;
const conda = (...lines: string[]): string => {
  write('robot/conda.yaml', ['dependencies:', ...lines].join('\n'));
  return 'conda.yaml';
};
const order = (file: string | undefined, more = {}) => ({
  file,
  robotFolder: at('robot'),
  sha256: 'a'.repeat(64),
  pythonPath: [at('robot/lib')],
  ...more,
});
const get = (environments: Environments, file: string | undefined, said: string[] = []) =>
  environments.get(order(file), (text) => said.push(text), never);
const python = findPython();

describe('an environment that nobody builds', () => {
  const here = (): Environments => new Environments(at('data'), process.env.PATH, []);

  it('is whatever the device has when the robot asks for nothing', async () => {
    const { variables, path, python: found } = await get(here(), undefined);
    expect({ variables, path }).toEqual({ variables: {}, path: [] });
    expect(found !== undefined).toBe(python);
  });

  it.skipIf(!python)('is had when the interpreter and all that is installed fit', async () => {
    write(
      'robot/lib/signalbox_probe-1.4.2.dist-info/METADATA',
      'Metadata-Version: 2.1\nName: Signalbox.Probe\nVersion: 1.4.2\n',
    );
    const file = conda(
      '- python>=3.8',
      '- pip=22.1.2',
      '- signalbox-probe=1.4',
      '- pip:',
      '  - signalbox_probe[extra]~=1.4.1',
      "  - pywin32==306; sys_platform == 'nowhere'",
    );
    const { python: chosen } = await get(here(), file);
    expect(execFileSync(chosen ?? '', ['-c', 'print(1)'], { encoding: 'utf8' }).trim()).toBe('1');
  });

  it.skipIf(!python)('is refused with each line that asks for what is not there', async () => {
    write(
      'robot/lib/signalbox_probe-1.4.2.dist-info/METADATA',
      'Metadata-Version: 2.1\nName: signalbox-probe\nVersion: 1.4.2\n',
    );
    const file = conda('- python>=3.8', '- pip:', '  - signalbox-probe==2.0', '  - nobody-has-this', '  - -r more.txt');
    await expect(get(here(), file)).rejects.toMatchObject({
      code: 'no-environment',
      message: expect.stringMatching(
        /does not do: conda.yaml, line 4: signalbox-probe==2.0 is asked for, and 1.4.2 is installed; conda.yaml, line 5: nobody-has-this is asked for, and it is not installed; conda.yaml, line 6: nobody can tell whether -r more.txt is installed\. Install it there, or put uv/,
      ),
    });
  });

  it.skipIf(!python)('is refused when no interpreter is of the version', async () => {
    await expect(get(here(), conda('- python=3.999'))).rejects.toThrow(
      /conda.yaml, line 2: python=3.999 is asked for, and this is 3\./,
    );
  });

  it('is refused when there is no Python at all', async () => {
    const nothing = new Environments(at('data'), at('empty'), []);
    await expect(get(nothing, conda('- python=3.11'))).rejects.toThrow(/It has no Python 3.8 or newer/);
  });
});

/** What every Python can make by itself, without a network. */
const venv: Builder = {
  tool: 'python3',
  can: () => true,
  build: async (program, folder, wish) => {
    const prefix = join(folder, 'venv');
    const environment = {
      variables: { VIRTUAL_ENV: prefix },
      path: [join(prefix, 'bin')],
      python: join(prefix, 'bin', 'python'),
    };
    await buildStep(wish, [program, '-m', 'venv', '--without-pip', prefix]);
    for (const words of wish.asked.postInstall) await buildStep(wish, words, environment);
    return environment;
  },
};

describe.skipIf(!python)('an environment that is built', () => {
  const building = (): Environments => new Environments(at('data'), process.env.PATH, [venv]);
  const built = (): readonly string[] => readdirSync(at('data/robots/environments'));

  it('is built once for all that ask for the same, also at the same time and after a restart', async () => {
    const said: string[] = [];
    const environments = building();
    const file = conda('- python>=3.8');
    const [one, two] = await Promise.all([get(environments, file, said), get(environments, file, said)]);
    expect(two).toEqual(one);
    expect(existsSync(one.python ?? '')).toBe(true);
    expect(await get(building(), file, said)).toEqual(one);
    expect(said.sort()).toEqual([
      'Building the environment of conda.yaml with python3.',
      'Waiting for the environment that another run is having built.',
    ]);
    await get(environments, conda('- python>=3.9'));
    expect(built()).toHaveLength(2);
  });

  it('is one of its own for each robot when it runs commands of the robot', async () => {
    const file = conda('- python>=3.8', 'rccPostInstall: [python -V]');
    const said: string[] = [];
    const ask = (sha256: string) => building().get(order(file, { sha256 }), (text) => said.push(text), never);
    await ask('a'.repeat(64));
    await ask('b'.repeat(64));
    expect(built()).toHaveLength(2);
    expect(said.filter((text) => text.startsWith('Python 3.'))).toHaveLength(2);
  });

  it('and fails is refused with its last words, and built anew the next time', async () => {
    const file = conda('- python>=3.8', 'rccPostInstall: [python fail.py now]');
    write('robot/fail.py', 'import sys\nprint("no index")\nsys.exit(2)');
    await expect(get(building(), file)).rejects.toMatchObject({
      code: 'no-environment',
      message: "The robot's environment could not be built: python fail.py now ended with exit code 2.\nno index",
    });
    write('robot/fail.py', '');
    await get(building(), file);
  });

  it('is not given up when one of those who wait is stopped', async () => {
    const environments = building();
    const file = conda('- python>=3.8');
    const stopping = new AbortController();
    const first = environments.get(order(file), () => stopping.abort('stopped'), stopping.signal);
    const second = get(environments, file);
    await expect(first).rejects.toBe('stopped');
    expect(existsSync((await second).python ?? '')).toBe(true);
  });
});

describe.skipIf(!has('uv', 'tests of environments by uv'))('an environment by uv', () => {
  it('has the interpreter that was asked for', async () => {
    const { python: made } = await get(new Environments(at('data')), conda('- python>=3.8', '- pip=22.1.2'));
    expect(execFileSync(made ?? '', ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' })).toContain(
      at('data'),
    );
  });
});
