import { describe, expect, it } from 'vitest';
import {
  argumentsOf,
  chooseEnvironmentFile,
  chooseTask,
  type Platform,
  platformOf,
  preRunScriptsOf,
  readRobotYaml,
  splitShellWords,
} from '../src/index.ts';

const linux: Platform = { os: 'linux', architecture: 'amd64' };
const mac: Platform = { os: 'darwin', architecture: 'arm64' };

const read = (...lines: string[]) => readRobotYaml(lines.join('\n'));
const withTask = (...lines: string[]) => read('tasks: {Main: {shell: python main.py}}', ...lines);

describe('robot.yaml', () => {
  it('is read with all its keys', () => {
    const robot = read(
      'tasks:',
      '  Split orders:',
      '    shell: python -m robocorp.tasks run tasks.py -t "split it"',
      '  Post:',
      '    command: [python, post.py, --limit, 3.10]',
      '  Old style:',
      '    robotTaskName: Do the work',
      'devTasks:',
      '  Try:',
      '    shell: python try.py',
      'condaConfigFile: conda.yaml',
      'environmentConfigs:',
      '  - environment_windows_amd64_freeze.yaml',
      '  - ./conda.yaml',
      'preRunScripts: [prepare_linux.sh now]',
      'artifactsDir: out/put/',
      'PATH: [., bin]',
      'PYTHONPATH: [lib]',
      'ignoreFiles: [.gitignore]',
      'somethingOfTomorrow: {a: 1}',
    );
    expect(robot).toEqual({
      tasks: [
        {
          name: 'Split orders',
          command: { kind: 'words', words: ['python', '-m', 'robocorp.tasks', 'run', 'tasks.py', '-t', 'split it'] },
        },
        { name: 'Post', command: { kind: 'words', words: ['python', 'post.py', '--limit', '3.10'] } },
        { name: 'Old style', command: { kind: 'robotTaskName', robotTaskName: 'Do the work' } },
      ],
      devTasks: [{ name: 'Try', command: { kind: 'words', words: ['python', 'try.py'] } }],
      environmentFiles: ['environment_windows_amd64_freeze.yaml', 'conda.yaml'],
      preRunScripts: [{ text: 'prepare_linux.sh now', words: ['prepare_linux.sh', 'now'] }],
      artifactsDir: 'out/put',
      ignoreFiles: ['.gitignore'],
      path: ['', 'bin'],
      pythonPath: ['lib'],
    });
  });

  it('may share what its tasks have in common', () => {
    const robot = read('x: &x {shell: a}', 'tasks:', '  A: *x', '  B: {<<: *x}');
    expect(robot.tasks.map(({ command }) => command)).toEqual(Array(2).fill({ kind: 'words', words: ['a'] }));
  });

  it('puts out into "output" unless it says where, and what is left empty is absent', () => {
    expect(withTask('artifactsDir:', 'PATH: ~', 'condaConfigFile: null')).toMatchObject({
      artifactsDir: 'output',
      path: [],
      environmentFiles: [],
    });
  });

  it('keeps the order of its tasks, also of those that are numbers', () => {
    const robot = read('tasks:', '  20: {shell: a}', '  10: {shell: b}');
    expect(robot.tasks.map(({ name }) => name)).toEqual(['20', '10']);
  });

  it.each<[string, string[], RegExp]>([
    ['a list instead of a map', ['- a'], /robot\.yaml, line 1: has to be a map/],
    ['nothing', [''], /robot\.yaml, line 1: has to be a map/],
    ['a quote that is not closed', ['tasks: {Main: {shell: "a}}'], /robot\.yaml, line \d: is no YAML: Missing closing/],
    [
      'a key twice',
      ['tasks: {A: {shell: a}}', 'tasks: {B: {shell: b}}'],
      /line 2: is no YAML: Map keys must be unique/,
    ],
    ['no task', ['artifactsDir: output'], /tasks: expected at least one task.*got none/],
    ['a task that is a text', ['tasks:', '  Main: python main.py'], /line 2: tasks\.Main: expected a map .*got a text/],
    [
      'a task of two kinds',
      ['tasks:', '  Main:', '    shell: a', '    command: [b]'],
      /line 3: tasks\.Main: expected exactly one of robotTaskName, shell, command, got shell and command/,
    ],
    [
      'a task of no kind',
      ['tasks:', '  Main:', '    script: a'],
      /line 3: tasks\.Main: expected exactly one of .*got "script"/,
    ],
    [
      'a command that is a text',
      ['tasks:', '  Main:', '    command: python main.py'],
      /line 3: tasks\.Main\.command: expected a list .*got a text/,
    ],
    [
      'an open quote in a command line',
      ['tasks:', '  Main:', `    shell: python 'main.py`],
      /line 3: tasks\.Main\.shell: the quote ' is not closed/,
    ],
    [
      'a map among texts',
      ['tasks: {Main: {shell: a}}', 'PATH:', '  - {a: b}'],
      /line 3: PATH\[0\]: expected a text, got a map/,
    ],
    [
      'an output outside',
      ['tasks: {Main: {shell: a}}', 'artifactsDir: ../out'],
      /line 2: artifactsDir: expected a path inside the robot's folder, got "\.\.\/out"/,
    ],
    [
      'an absolute folder',
      ['tasks: {Main: {shell: a}}', 'PATH:', '- C:\\tools'],
      /line 3: PATH\[0\]: expected a path inside/,
    ],
    [
      'all of it as output',
      ['tasks: {Main: {shell: a}}', 'artifactsDir: .'],
      /line 2: artifactsDir: expected a folder below/,
    ],
  ])('with %s is refused with key, line, what was expected and what came', (_, lines, message) => {
    expect(() => read(...lines)).toThrow(message);
  });

  it('that would explode through its aliases is refused', () => {
    const bomb = Array.from({ length: 9 }, (_, at) =>
      at === 0 ? 'a0: &a0 [x, x, x, x, x, x, x, x]' : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(8)}]`,
    );
    expect(() => withTask(...bomb)).toThrow(expect.objectContaining({ code: 'bad-yaml' }));
  });

  it('that is too large, or no text at all, is refused', () => {
    expect(() => withTask(`# ${'x'.repeat(1_000_001)}`)).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => readRobotYaml(Buffer.from([0xff, 0xfe, 0x41, 0]))).toThrow(/is no UTF-8 text/);
  });
});

describe('a task', () => {
  const robot = read('tasks: {Main: {shell: a}, main: {shell: b}, Other: {shell: c}}', 'devTasks: {Try: {shell: d}}');

  it('is chosen by its exact name, else whatever the letter case', () => {
    expect(chooseTask(robot, ' main ').command).toEqual({ kind: 'words', words: ['b'] });
    expect(chooseTask(robot, 'OTHER').name).toBe('Other');
  });

  it('need not be named when it is the only one', () => {
    expect(chooseTask(withTask(), '').name).toBe('Main');
    expect(() => chooseTask(robot, '')).toThrow('Which task is to run? The robot has 3: "Main", "main", "Other".');
  });

  it('for developers counts for developers only', () => {
    expect(() => chooseTask(robot, 'Try')).toThrow('The robot has no task "Try". It has "Main", "main", "Other".');
    expect(chooseTask(robot, 'try', true).name).toBe('Try');
  });

  it('of Robot Framework becomes its command line', () => {
    const task = chooseTask(read('tasks: {Main: {robotTaskName: Pay bills}}'), '');
    const options = ['--report', 'NONE', '--outputdir', '/r/output', '--logtitle', 'Task log'];
    expect(argumentsOf(task, '/r/output')).toEqual(['python', '-m', 'robot', ...options, '--task', 'Pay bills', '.']);
  });
});

describe('a command line', () => {
  it.each([
    [`a  b\tc`, ['a', 'b', 'c']],
    [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
    [`a '' ""`, ['a', '', '']],
    [`a\\ b "\\"c\\" \\d" 'e\\'`, ['a b', '"c" \\d', 'e\\']],
    [`echo $HOME | x; *`, ['echo', '$HOME', '|', 'x;', '*']],
  ])('%s is split as a shell would', (line, words) => expect(splitShellWords(line)).toEqual(words));

  it('with an open quote or a last backslash is refused', () => {
    expect(() => splitShellWords('a "b')).toThrow('the quote " is not closed');
    expect(() => splitShellWords('a \\')).toThrow('it ends in a backslash');
  });
});

describe('what is for a platform', () => {
  const choose = (files: string, platform: Platform, there = files) =>
    chooseEnvironmentFile(withTask(`environmentConfigs: [${files}]`), platform, (file) => there.includes(file));

  it('is chosen by the words in its name, in the order of the list', () => {
    const files = 'env_linux_arm64.yaml, env_windows.yaml, env_linux.yaml, env.yaml';
    expect(choose(files, linux)).toBe('env_linux.yaml');
    expect(choose(files, mac)).toBe('env.yaml');
    expect(choose(files, { os: 'windows', architecture: 'amd64' })).toBe('env_windows.yaml');
  });

  it('and frozen has to name it exactly', () => {
    const files = 'environment_linux_amd64_freeze.yaml, environment_freeze.yaml, conda.yaml';
    expect(choose(files, linux)).toBe('environment_linux_amd64_freeze.yaml');
    expect(choose(files, mac)).toBe('conda.yaml');
  });

  it('is passed over when the robot does not have it', () => {
    expect(choose('a_linux.yaml, b.yaml', linux, 'b.yaml')).toBe('b.yaml');
  });

  it('is not replaced by whatever the device has when none will do', () => {
    expect(() => choose('a_windows.yaml', linux)).toThrow(/None of .* is for linux_amd64: "a_windows.yaml"/);
    expect(() => choose('a.yaml', linux, '')).toThrow(/has no file "a.yaml"/);
    expect(chooseEnvironmentFile(withTask(), linux, () => false)).toBeUndefined();
  });

  it('decides which scripts go before the task', () => {
    const robot = withTask('preRunScripts: [a_linux.sh 1, a_windows.bat, b.sh]');
    expect(preRunScriptsOf(robot, linux)).toEqual([['a_linux.sh', '1'], ['b.sh']]);
    expect(preRunScriptsOf(robot, mac)).toEqual([['b.sh']]);
  });

  it('is known by the words that Node has for it', () => {
    expect(platformOf('win32', 'x64')).toEqual({ os: 'windows', architecture: 'amd64' });
    expect(platformOf('darwin', 'arm64')).toEqual(mac);
  });
});
