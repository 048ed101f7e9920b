import { hostname } from 'node:os';
import { ZonedDateTime } from '@js-joda/core';
import { VALUE_TYPES } from '@signalbox/taskbot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catalogue, standardPackages } from '../src/index.ts';
import { act, read, removeFolder, type TestHost, testHost } from './support.ts';

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => {
  removeFolder(host);
  vi.unstubAllEnvs();
});

describe('Delay', () => {
  it('waits about as long as asked', async () => {
    const started = performance.now();
    await act('Delay.delay', { delayTime: 0.05, timeUnit: 'SECONDS' }, host);
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
  });

  it('stays on the stack when there is nothing to wait for', () => {
    expect(act('Delay.delay', { delayTime: 0 }, host)).toBeUndefined();
  });

  it('ends when the run is stopped', async () => {
    const waiting = act('Delay.delay', { delayType: 'RANDOM', from: 10, to: 50, timeUnit: 'MINUTES' }, host);
    host.stop();
    expect(await waiting).toBeUndefined();
  });

  it.each([{ delayTime: -1 }, { delayType: 'RANDOM', from: 2, to: 1 }])('refuses %o', (input) => {
    expect(() => act('Delay.delay', input, host)).toThrow(/Expected/);
  });
});

describe('Clipboard', () => {
  it('belongs to one run', () => {
    act('Clipboard.assignToClipboard', { value: 'x' }, host);
    expect(act('Clipboard.assignFromClipboard', {}, host)).toBe('x');
    expect(read('Clipboard:Clipboard', host)).toBe('x');
    expect(read('Clipboard:Clipboard', testHost())).toBe('');
    act('Clipboard.clearClipboard', {}, host);
    expect(read('Clipboard:Clipboard', host)).toBe('');
  });
});

describe('stand-ins for a desktop', () => {
  it('say in the log that nothing was shown or taken', () => {
    act('MessageBox.messageBox', { title: 'Done', content: 'All paid' }, host);
    act('Screen.captureDesktop', { filePath: 'a.png' }, host);
    act('Screen.captureWindow', { filePath: 'b.png' }, host);
    expect(host.lines).toEqual([
      'info Message box (not shown, no desktop): Done: All paid',
      'warn Screen capture skipped, no desktop: "a.png" was not written.',
      'warn Window capture skipped, no desktop: "b.png" was not written.',
    ]);
  });
});

const entriesOf = (value: unknown) => (value instanceof Map ? value : new Map());

describe('System', () => {
  it.each([
    ['Year', 2024],
    ['Month', 2],
    ['Day', 5],
    ['Hour', 15],
    ['Minute', 4],
    ['Second', 9],
    ['Millisecond', 123],
    ['AATaskName', 'Invoices'],
    ['AAControlRoom', 'https://control.example'],
    ['Machine', 'device-7'],
  ])('$System:%s$', (name, expected) => expect(read(`System:${name}`, host)).toBe(expected));

  it('tells the present, the people and the device', () => {
    expect(read('System:Date', host)).toEqual(ZonedDateTime.parse('2024-02-05T15:04:09.123+01:00'));
    expect([...entriesOf(read('System:AATaskInvoker', host))]).toContainEqual(['Invoker_UserName', 'ada']);
    expect([...entriesOf(read('System:AATaskExecutor', host))]).toContainEqual(['Executor_UserName', 'ada']);
    expect(read('System:AAInstallationPath', host)).toBe(host.folder);
    expect(Number(read('System:TotalRAM', host))).toBeGreaterThan(Number(read('System:RAMUsage', host)));
    expect(read('System:CPUUsage', host)).toBeTypeOf('number');
    expect(read('System:OSName', host)).toBeTypeOf('string');
  });

  it('reads the environment without letter case, and what Windows would have in it', () => {
    vi.stubEnv('MY_SETTING', 'on');
    vi.stubEnv('COMPUTERNAME', undefined);
    const ask = (systemNameByText: string) =>
      act('System.systemInformation', { variableOption: 'BY_TEXT', systemNameByText }, host);
    expect(ask('my_setting')).toBe('on');
    expect(ask('COMPUTERNAME')).toBe(hostname());
    expect(act('System.systemInformation', { systemNameBySelection: 'USERPROFILE' }, host)).toBeTypeOf('string');
    expect(() => ask('NO_SUCH_THING')).toThrow(/no variable "NO_SUCH_THING"/);
  });

  it.each(['RUNNER_TOKEN', 'DB_PASSWORD', 'API_KEY', 'database_url'])('keeps %s from bots', (systemNameByText) => {
    vi.stubEnv(systemNameByText, 'hunter2');
    expect(() => act('System.systemInformation', { variableOption: 'BY_TEXT', systemNameByText }, host)).toThrow(
      /not for bots/,
    );
  });
});

describe('GUID Tools', () => {
  it('makes a new GUID each time', () => {
    const first = act('GUID Tools.generate guid', {}, host);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(act('GUID Tools.generate guid', {}, host)).not.toBe(first);
  });
});

describe('the catalogue', () => {
  it('names nothing twice, neither by name nor by alias', () => {
    const names = standardPackages.flatMap((declaration) => {
      const alias = 'alias' in declaration ? (declaration.alias ?? []) : [];
      return [declaration.name, ...alias].map((name) =>
        `${declaration.kind} ${declaration.package}.${name}`.toLowerCase(),
      );
    });
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('names no attribute of a declaration twice', () => {
    for (const entry of catalogue()) {
      const names = entry.attributes.flatMap((attribute) => [attribute.name, ...attribute.alias]);
      expect(new Set(names).size, `${entry.package}.${entry.name}`).toBe(names.length);
    }
  });

  it('is data, sorted, with a summary and known types everywhere', () => {
    const entries = catalogue();
    expect(entries).toHaveLength(standardPackages.length);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
    for (const entry of entries) {
      expect(entry.summary).toMatch(/\.$/);
      for (const { type } of entry.attributes) expect(VALUE_TYPES).toContain(type);
    }
  });

  it('keeps the disk to devices', () => {
    const onDevice = ['CsvTxt', 'File', 'Folder', 'LogToFile', 'TextFile', 'Screen'];
    for (const entry of catalogue().filter((each) => onDevice.includes(each.package))) {
      expect(entry.runsOn, `${entry.package}.${entry.name}`).toBe('device');
    }
  });
});
