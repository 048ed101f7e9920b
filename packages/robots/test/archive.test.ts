import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../importers/test-support/folder.ts';
import { type Entry, zipOf } from '../../importers/test-support/zip.ts';
import { readRobotPackage, unpackRobot } from '../src/index.ts';
import { withMode, zipFolder } from '../test-support/zip-folder.ts';

const { at, write } = testFolder();
const yaml: Entry = ['robot.yaml', 'tasks: {Split: {shell: python split.py}, Post: {shell: python post.py}}'];
const pack = async (...entries: Entry[]): Promise<Buffer> => Buffer.from(await zipOf(entries));
const read = async (entries: Entry[], limits = {}) => readRobotPackage(await pack(yaml, ...entries), limits);
const unpack = async (zip: Buffer): Promise<readonly string[]> => {
  await unpackRobot(write('robot.zip', zip), at('robot'));
  return readdirSync(at('robot'), { recursive: true }).map(String).sort();
};

describe('a robot.zip', () => {
  it('tells its tasks without being unpacked', async () => {
    const robot = await readRobotPackage(await pack(yaml, ['split.py', 'print(1)']));
    expect(robot.tasks).toEqual(['Split', 'Post']);
    expect(robot.robotYaml.artifactsDir).toBe('output');
  });

  it('is unpacked with its folders, and what was a program stays one', async () => {
    const zip = await pack(yaml, ['bin/run', '#!/bin/sh', withMode(0o100755)], ['a/b.txt', 'B', withMode(0o100600)]);
    expect(await unpack(zip)).toEqual(['a', 'a/b.txt', 'bin', 'bin/run', 'robot.yaml']);
    expect(readFileSync(at('robot/a/b.txt'), 'utf8')).toBe('B');
    expect(statSync(at('robot/bin/run')).mode & 0o777).toBe(0o755 & ~process.umask());
    expect(statSync(at('robot/a/b.txt')).mode & 0o111).toBe(0);
  });

  it('may hold the robot in its only top folder, beside what Macs put there', async () => {
    const inside: Entry[] = [
      ['my robot/', ''],
      ['my robot/robot.yaml', yaml[1]],
      ['my robot/lib/a.py', ''],
      ['__MACOSX/my robot/._robot.yaml', 'x'],
      ['my robot/.DS_Store', 'x'],
    ];
    expect((await readRobotPackage(await pack(...inside))).tasks).toEqual(['Split', 'Post']);
    expect(await unpack(await pack(...inside))).toEqual(['lib', 'lib/a.py', 'robot.yaml']);
  });

  it('without robot.yaml is refused with where one is', async () => {
    const reading = readRobotPackage(await pack(['a/robot.yaml', yaml[1]], ['b/robot.yml', '']));
    await expect(reading).rejects.toMatchObject({
      code: 'no-robot-yaml',
      message: expect.stringContaining('"a/robot.yaml", "b/robot.yml"'),
    });
    await expect(readRobotPackage(await pack(['tasks.py', '']))).rejects.toThrow(/at the top there is "tasks.py"/);
  });

  it('made of a folder leaves out what the robot has put out', async () => {
    write('source/robot.yaml', yaml[1]);
    write('source/output/log.html', 'x');
    write('source/lib/__pycache__/a.pyc', 'x');
    write('source/lib/a.py', 'x');
    expect(await unpack(await zipFolder(at('source')))).toEqual(['lib', 'lib/a.py', 'robot.yaml']);
  });
});

describe('a robot.zip of a stranger', () => {
  it.each<[string, string]>([
    ['../../etc/passwd', 'climbing-path'],
    ['lib\\..\\..\\x', 'climbing-path'],
    ['/etc/passwd', 'absolute-path'],
    ['C:\\Windows\\x', 'absolute-path'],
    ['a\u0007b', 'bad-name'],
    ['ROBOT.yaml', 'duplicate-path'],
    ['robot.yaml/x', 'duplicate-path'],
  ])('with a file %j is refused as a whole', async (name, code) => {
    await expect(read([[name, 'x']])).rejects.toMatchObject({ name: 'RobotRefusal', code });
  });

  it('with a link is refused', async () => {
    await expect(read([['link', '/etc', withMode(0o120777)]])).rejects.toMatchObject({ code: 'link' });
  });

  it('that is encrypted is refused', async () => {
    await expect(read([['secret', 'x', { password: 'p' }]])).rejects.toThrow(/without a password/);
  });

  it('that would swell is refused before anything is unpacked', async () => {
    await expect(read([['big', new Uint8Array(12_000_000)]])).rejects.toMatchObject({ code: 'swelling' });
    const many = Array.from({ length: 20 }, (_, index): Entry => [`big ${index}`, new Uint8Array(9_000_000)]);
    await expect(read(many)).rejects.toMatchObject({ code: 'swelling' });
  });

  it('is refused beyond the limits', async () => {
    await expect(read([['a', 'x']], { files: 1 })).rejects.toMatchObject({ code: 'too-many-files' });
    await expect(read([['a', randomBytes(2_000)]], { fileBytes: 1_000 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(read([['a', randomBytes(900)]], { totalBytes: 800 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(read([], { yamlBytes: 10 })).rejects.toMatchObject({ code: 'too-large' });
  });

  it('that claims less than it holds is caught when it is unpacked', async () => {
    const bytes = await pack(yaml, ['liar.bin', randomBytes(5_000)]);
    // The uncompressed size in the last entry of the central directory.
    const directory = bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    bytes.writeUInt32LE(10, directory + 24);
    await expect(unpack(bytes)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('that is cut off, changed, or none at all, says so', async () => {
    const whole = await pack(yaml, ['note.txt', 'words', { level: 0 }]);
    await expect(readRobotPackage(whole.subarray(0, -30))).rejects.toMatchObject({ code: 'not-a-zip' });
    await expect(readRobotPackage(Buffer.from('hello'))).rejects.toMatchObject({ code: 'not-a-zip' });
    whole[whole.indexOf('words')] = 'W'.charCodeAt(0);
    await expect(unpack(whole)).rejects.toThrow(/"note.txt" is damaged: its check sum differs/);
  });

  it('is not unpacked over what is there', async () => {
    write('robot/robot.yaml', 'mine');
    await expect(unpack(await pack(yaml))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(at('robot/robot.yaml'), 'utf8')).toBe('mine');
  });
});
