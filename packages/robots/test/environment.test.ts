import { describe, expect, it } from 'vitest';
import { fitsVersion, readCondaRequirement, readCondaYaml, readPipRequirement } from '../src/index.ts';

describe('conda.yaml', () => {
  it('is read with the line of each distribution', () => {
    const lines = [
      'channels:',
      '- conda-forge',
      'dependencies:',
      '- python=3.10',
      '- pip:',
      '  - requests==2.31',
      'rccPostInstall:',
      '- rfbrowser init',
    ];
    expect(readCondaYaml(lines.join('\n'), 'env/conda.yaml')).toEqual({
      channels: ['conda-forge'],
      conda: [{ place: 'env/conda.yaml, line 4', text: 'python=3.10' }],
      pip: [{ place: 'env/conda.yaml, line 6', text: 'requests==2.31' }],
      postInstall: [['rfbrowser', 'init']],
    });
  });

  it('with something else among its distributions is refused', () => {
    expect(() => readCondaYaml('rccPostInstall: ["say \'x"]', 'conda.yaml')).toThrow(
      /line 1: rccPostInstall\[0\]: the quote ' is not closed/,
    );
    expect(() => readCondaYaml('dependencies:\n- {npm: [left]}', 'conda.yaml')).toThrow(
      /conda\.yaml, line 2: dependencies\[0\]: expected a distribution such as/,
    );
    expect(() => readCondaYaml('dependencies: python', 'conda.yaml')).toThrow(
      /dependencies: expected a list .*got a text/,
    );
  });
});

describe('a version', () => {
  it.each([
    ['3.10.12', '=3.10'],
    ['3.10.12', '3.10.*'],
    ['3.10.12', '==3.10.12'],
    ['3.10', '==3.10.0'],
    ['3.10.12', '>=3.9,<3.12'],
    ['2.31.0', '~=2.30'],
    ['2.31.5', '~=2.31.1'],
    ['2.31.0', '!=2.31.1'],
    ['2.0.post1', '>2.0'],
    ['2.0', '>2.0rc1'],
    ['1.0a2', '<1.0b1'],
    ['1.0.dev3', '<1.0a1'],
    ['1.2.3+cu118', '==1.2.3'],
    ['3.8', '=3.7|=3.8'],
    ['9', ''],
    ['2024b', '==2024b'],
  ])('%s fits %j', (version, asked) => expect(fitsVersion(version, asked)).toBe(true));

  it.each([
    ['3.1', '=3.10'],
    ['3.10.12', '==3.10'],
    ['3.12.0', '>=3.9,<3.12'],
    ['3.0', '~=2.30'],
    ['2.32.0', '~=2.31.1'],
    ['2.31.4', '!=2.31.*'],
    ['2.0rc1', '>=2.0'],
    ['1!1.0', '<2'],
    ['2024b', '==2024a'],
  ])('%s does not fit %j', (version, asked) => expect(fitsVersion(version, asked)).toBe(false));
});

describe('a line that asks for a distribution', () => {
  const facts = { pythonVersion: '3.11.7', system: 'linux' };
  const conda = (text: string) => readCondaRequirement({ place: '', text });
  const pip = (text: string) => readPipRequirement({ place: '', text }, facts);
  const wanted = (name: string, versions: string) => ({ kind: 'wanted', wanted: { name, versions } });

  it('of conda may name channel and build', () => {
    expect(conda('python=3.10')).toEqual(wanted('python', '=3.10'));
    expect(conda('conda-forge::Py_Yaml >=6, <7')).toEqual(wanted('py-yaml', '>=6,<7'));
    expect(conda('numpy=1.26.4=py311_0')).toEqual(wanted('numpy', '=1.26.4'));
    expect(conda('pip')).toEqual(wanted('pip', ''));
  });

  it('of pip may have extras and conditions', () => {
    expect(pip('requests[socks] >= 2.31, <3')).toEqual(wanted('requests', '>=2.31,<3'));
    expect(pip('robocorp==1.4.0  # the newest')).toEqual(wanted('robocorp', '==1.4.0'));
    expect(pip(`uvloop; sys_platform != 'win32' and python_version >= "3.9"`)).toEqual(wanted('uvloop', ''));
    expect(pip(`pywin32==306; sys_platform == 'win32'`)).toEqual({ kind: 'nothing' });
    expect(pip(`tomli; python_version < '3.11'`)).toEqual({ kind: 'nothing' });
    expect(pip('thing @ https://example.com/thing.whl')).toEqual(wanted('thing', ''));
  });

  it('of pip may be for pip itself, or say nothing that could be looked up', () => {
    expect(pip('--extra-index-url https://example.com')).toEqual({ kind: 'nothing' });
    for (const line of ['-r requirements.txt', 'git+https://example.com/x.git', './wheels/a-1.0-py3-none-any.whl'])
      expect(pip(line)).toEqual({ kind: 'unknown' });
  });
});
