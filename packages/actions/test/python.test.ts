import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, type BotValue } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { act, record, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(async () => {
  await act('Python.python.commands.closeScript', { session: 'py' }, host);
  vi.unstubAllEnvs();
  removeFolder(host);
});

const open = async (script: string, more: Readonly<Record<string, BotValue>> = {}) =>
  act('Python.python.commands.openScript', { session: 'py', script, ...more }, host);
const call = async (functionName: string, argument: BotValue = null) =>
  act('Python.python.commands.executeFunction', { session: 'py', functionName, argument }, host);

const found = spawnSync('python3', ['--version']).status === 0;
if (!found) console.warn('python3 is not installed here, so the tests of the Python package are skipped.');

describe.skipIf(!found)('Python', () => {
  it.each<[string, BotValue, BotValue]>([
    ['a text', 'é\n', 'é\n'],
    ['a number', 1.5, 1.5],
    ['a truth', true, true],
    ['a list', [1, ['a']], [1, ['a']]],
    ['a dictionary', new Map([['k', [1]]]), new Map([['k', [1]]])],
    ['a record', record(['A'], ['x']), new Map([['A', 'x']])],
    ['a secret, hidden', new BotCredential(() => 'hunter2'), '********'],
  ])('takes and gives %s', async (_what, given, expected) => {
    await open('def same(x):\n    return x');
    expect(await call('same', given)).toEqual(expected);
  });

  it('keeps what it holds between calls, and gives what is not JSON as text or list', async () => {
    await open(
      'import datetime\nn = 0\ndef add(x):\n    global n\n    n += x\n    return n\ndef day():\n    return datetime.date(2026, 1, 2)\ndef some():\n    return {1}, (2, 3)\ndef nothing(): pass',
    );
    expect(await call('add', 2)).toBe(2);
    expect(await call('add', 3)).toBe(5);
    expect(await call('day')).toBe('2026-01-02');
    expect(await call('some')).toEqual([[1], [2, 3]]);
    expect(await call('nothing')).toBeNull();
  });

  it('writes what is printed into the log, whoever prints it', async () => {
    await open(
      'import os, sys\ndef f():\n    print("a")\n    print("b", end="")\n    os.write(1, b"deep\\n")\n    return 1',
    );
    expect(await call('f')).toBe(1);
    expect(host.lines.filter((line) => line.startsWith('info'))).toEqual(['info a', 'info b']);
    await vi.waitFor(() => expect(host.lines).toContain('warn deep'));
  });

  it('runs a file as a program, with what lies beside it', async () => {
    writeFileSync(join(host.folder, 'helper.py'), 'word = "helped"');
    writeFileSync(
      join(host.folder, 'main.py'),
      'import helper\nif __name__ == "__main__":\n    print(helper.word)\n    print(2)',
    );
    await open('', { scriptOption: 'FILE', filePath: 'main.py' });
    expect(host.lines).toEqual([]);
    expect(await act('Python.python.commands.executeScript', { session: 'py' }, host)).toBe('helped\n2');
  });

  it('says what is wrong, and where', async () => {
    await expect(open('def f(:')).rejects.toThrow(/failed in line 1: SyntaxError/);
    await open(
      'def f(x):\n    return x["a"]\ndef stop():\n    raise SystemExit(3)\ndef odd():\n    return float("nan")',
    );
    await expect(call('f', 1)).rejects.toThrow(/failed in line 2: TypeError/);
    await expect(call('g')).rejects.toThrow(/no function "g"/);
    await expect(call('stop')).rejects.toThrow(/SystemExit: 3/);
    await expect(call('odd')).rejects.toThrow(/ValueError/);
    expect(await call('f', new Map([['a', 1]]))).toBe(1);
  });

  it('shows nothing of the environment of the runner', async () => {
    vi.stubEnv('RUNNER_TOKEN', 'hunter2');
    await open('import os\ndef names():\n    return sorted(os.environ)');
    const names = await call('names');
    expect(names).toContain('PATH');
    expect(names).not.toContain('RUNNER_TOKEN');
  });

  it('is ended with its children when the run is stopped', async () => {
    const mark = join(host.folder, 'pid');
    await open(
      `import subprocess, time\ndef f():\n    child = subprocess.Popen(["sleep", "600"])\n    open(${JSON.stringify(mark)}, "w").write(str(child.pid) + ".")\n    while True: pass`,
    );
    const calling = call('f');
    calling.catch(() => {});
    await vi.waitFor(() => expect(existsSync(mark) && readFileSync(mark, 'utf8')).toMatch(/\.$/), 5000);
    const child = Number.parseInt(readFileSync(mark, 'utf8'), 10);
    host.stop();
    await expect(calling).rejects.toThrow(/the run was stopped/);
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), 5000);
  });

  it('says that it ended by itself', async () => {
    await open('import os\ndef f():\n    os._exit(3)');
    await expect(call('f')).rejects.toThrow(/ended by itself \(code 3\)/);
    await expect(call('f')).rejects.toThrow(/ended by itself/);
  });

  it('is ended when the session closes, even in the middle of nothing', async () => {
    await open('import os\ndef pid():\n    return os.getpid()');
    const pid = Number(await call('pid'));
    expect(isAlive(pid)).toBe(true);
    await act('Python.python.commands.closeScript', { session: 'py' }, host);
    expect(isAlive(pid)).toBe(false);
    await expect(call('pid')).rejects.toThrow(/no open Python session/);
  });
});

describe('without Python', () => {
  it('says what to install', async () => {
    await expect(open('', { pythonInterpreterPath: join(host.folder, 'no-python') })).rejects.toThrow(
      /Install Python 3/,
    );
    await expect(open('', { version: '2.7' })).rejects.toThrow(/only Python 3/);
  });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // An ended process that nobody waited for still has its number.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
