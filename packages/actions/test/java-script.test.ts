import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotCredential, type BotValue } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act, record, removeFolder, type TestHost, table, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => removeFolder(host));

const open = async (script: string) =>
  act('JavaScript.javascript.commands.openScript', { session: 'js', script }, host);
const call = async (functionName: string, argument: BotValue = null, more: Readonly<Record<string, BotValue>> = {}) =>
  act('JavaScript.javascript.commands.executeFunction', { session: 'js', functionName, argument, ...more }, host);

describe('JavaScript', () => {
  it.each<[string, BotValue, BotValue]>([
    ['a text', 'é', 'é'],
    ['a number', 1.5, 1.5],
    ['a truth', true, true],
    ['a list', [1, ['a']], [1, ['a']]],
    ['a dictionary', new Map([['k', [1]]]), new Map([['k', [1]]])],
    [
      'a record',
      record(['A', 'B'], [1, 'x']),
      new Map<string, BotValue>([
        ['A', 1],
        ['B', 'x'],
      ]),
    ],
    ['a table', table(['A'], ['1'], ['2']), [new Map([['A', '1']]), new Map([['A', '2']])]],
    ['a secret, hidden', new BotCredential(() => 'hunter2'), '********'],
  ])('takes and gives %s', async (_what, given, expected) => {
    await open('function same(x) { return x; }');
    expect(await call('same', given)).toEqual(expected);
  });

  it('keeps what it holds between calls, in any way functions are written', async () => {
    await open('let n = 0; const add = (x) => { n += x; return n; }; const math = { twice: (x) => 2 * x };');
    expect(await call('add', 2)).toBe(2);
    expect(await call('add', 3)).toBe(5);
    expect(await call('math.twice', 4)).toBe(8);
  });

  it('calls without an argument when there is none', async () => {
    await open('function count() { return arguments.length; } function nothing() {}');
    expect(await call('count')).toBe(0);
    expect(await call('nothing')).toBeNull();
  });

  it('waits for async functions that come to an end', async () => {
    await open(
      'async function f(x) { await null; return x + 1; } function never() { return new Promise(() => {}); } async function bad() { throw new Error("no"); }',
    );
    expect(await call('f', 1)).toBe(2);
    await expect(call('never')).rejects.toThrow(/never comes/);
    await expect(call('bad')).rejects.toThrow(/Error: no/);
  });

  it('writes console lines into the log of the run', async () => {
    await open('console.log("loaded", 1); function warn() { console.warn("careful"); }');
    await call('warn');
    expect(host.lines).toEqual(['info loaded 1', 'warn careful']);
  });

  it('reads a file on a device, and nowhere else', async () => {
    writeFileSync(join(host.folder, 'a.js'), 'function hi() { return "hi"; }');
    await act('JavaScript.javascript.commands.openScript', { session: 'js', scriptOption: 'FILE', file: 'a.js' }, host);
    expect(await call('hi')).toBe('hi');
    const server: TestHost = { ...host, run: { ...host.run, workFolder: undefined } };
    await expect(
      act('JavaScript.javascript.commands.openScript', { scriptOption: 'FILE', file: '/etc/passwd' }, server),
    ).rejects.toThrow(/no file system/);
  });

  it('has nothing of the world around', async () => {
    await open(
      'function names() { return ["process", "require", "fetch", "setTimeout", "globalThis.process", "WebAssembly"].filter((n) => { try { return eval("typeof " + n) !== "undefined"; } catch { return false; } }); }',
    );
    expect(await call('names')).toEqual([]);
  });

  it('says what is wrong, and where', async () => {
    await expect(open('function (')).rejects.toThrow(/line 1: SyntaxError/);
    await open('\nfunction f(x) {\n  return x.y.z;\n}');
    await expect(call('f', 'a')).rejects.toThrow(/failed in line 3: TypeError/);
    await expect(call('g')).rejects.toThrow(/no function "g"/);
    await expect(call('f); evil(')).rejects.toThrow(/Expected the name of a function/);
  });

  it('refuses what is no plain data', async () => {
    await open(
      'const big = () => 1n; const cycle = () => { const a = {}; a.a = a; return a; }; const inner = () => () => 1;',
    );
    await expect(call('big')).rejects.toThrow(/TypeError/);
    await expect(call('cycle')).rejects.toThrow(/TypeError/);
    await expect(call('inner')).rejects.toThrow(/gave a function/);
  });

  it.each<[string, string, RegExp, number?]>([
    ['an endless loop', 'while (true) {}', /did not end in time/],
    ['a memory bomb', 'const a = []; while (true) a.push({ n: a.length });', /more than the 64 MB/, 20],
    ['one huge text', 'let s = "x"; while (true) s += s;', /string too long/],
    ['deep recursion', 'const f = () => f() + 1; f();', /calls itself too deep/],
    ['a catastrophic pattern', '/^(a+)+$/.test("a".repeat(40) + "b")', /did not end in time/],
    ['endless jobs', 'const again = () => Promise.resolve().then(again); return again();', /did not end in time/],
  ])('survives %s, and the next call works', async (_what, code, message, seconds = 0.3) => {
    await open(`function bad() { ${code} } function good() { return 7; }`);
    await expect(call('bad', null, { timeoutInSeconds: seconds })).rejects.toThrow(message);
    expect(await call('good')).toBe(7);
  });

  it('is not begun in a run that was stopped', async () => {
    await open('function f() { return 1; }');
    host.stop();
    await expect(call('f')).rejects.toThrow();
  });

  it('closes', async () => {
    await open('function f() { return 1; }');
    await act('JavaScript.javascript.commands.closeScript', { session: 'js' }, host);
    await expect(call('f')).rejects.toThrow(/no open JavaScript session/);
  });
});
