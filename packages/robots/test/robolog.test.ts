import { describe, expect, it } from 'vitest';
import { RobologReader } from '../src/index.ts';

const read = (...lines: string[]) => {
  const reader = new RobologReader();
  return lines.flatMap((line) => reader.read(line) ?? []);
};
const start = 'T 2026-11-22T10:00:00.000+00:00';
const after = (milliseconds: number) => new Date(Date.UTC(2026, 10, 22, 10) + milliseconds);

describe('a robolog', () => {
  it('tells of tasks, what they say, and how they end, with the time of each', () => {
    const said = read(
      'V 0.0.2',
      start,
      'ID 1|36ac1f85-6d32-45b0-8ebf-3bbf8d7482f2',
      'I "python=3.11"',
      'M a:"Invoices"',
      'SR a|0.006',
      'M b:"Split"',
      'M c:"tasks"',
      'M d:"/robot/tasks.py"',
      'M e:""',
      'P f:b|c|d|e|12',
      'ST f|0.5',
      'M g:"METHOD"',
      'SE f|g|0.6',
      'M h:"3 orders: \\"a\\" | \\u00fc"',
      'L W|h|f|0.7',
      'M i:"stdout"',
      'M j:"half a li"',
      'C i|j|0.8',
      'AS f|b|c|h|0.9',
      'M k:"ERROR"',
      'M l:"bad data"',
      'ET k|l|1.25',
      'ER k|1.3',
    );
    expect(said).toEqual([
      { kind: 'taskBegan', at: after(500), task: 'Split' },
      { kind: 'log', at: after(700), level: 'warn', text: '3 orders: "a" | ü' },
      { kind: 'console', at: after(800), stream: 'stdout', text: 'half a li' },
      { kind: 'taskEnded', at: after(1250), status: 'ERROR', message: 'bad data' },
    ]);
  });

  it('tells of exceptions and where they come from', () => {
    const said = read(
      start,
      'M a:"ValueError: no total"',
      'M b:"/robot/tasks.py"',
      'M c:"post"',
      'M d:"raise ValueError()"',
      'M e:"total"',
      'STB a|2',
      'TBE b|7|c|d',
      'TBV e|a|a',
      'ETB 2.1',
    );
    expect(said).toEqual([
      { kind: 'exception', at: after(2000), message: 'ValueError: no total' },
      {
        kind: 'exceptionPlace',
        at: after(2000),
        source: '/robot/tasks.py',
        line: 7,
        method: 'post',
        code: 'raise ValueError()',
      },
    ]);
  });

  it('says of HTML what there is to read', () => {
    const said = read(
      start,
      'M a:"<img src=\\"data:image/png;base64,AAAA\\"/>"',
      'M b:"<b>Paid</b> <i>3</i> invoices"',
      'LH I|a|x|1',
      'LH E|b|x|1',
    );
    expect(said).toEqual([{ kind: 'log', at: after(1000), level: 'error', text: 'Paid 3 invoices' }]);
  });

  it('that says what nobody knows, or is broken, is read on', () => {
    const said = read(
      'M a:"no time yet"',
      'L I|a|x|nonsense',
      'XYZ 1|2|3',
      'M b:"cut of',
      'M',
      '',
      'T yesterday',
      'P c:zz',
      'ST c|1e99',
      'L Q|missing|x|1',
      'L Q|a',
    );
    expect(said).toMatchObject([
      { kind: 'log', at: new Date(0), level: 'info', text: 'no time yet' },
      { kind: 'taskBegan', at: new Date(0), task: '' },
      { kind: 'log', at: new Date(0), level: 'info', text: 'no time yet' },
    ]);
  });

  it('does not tell again what a later file repeats of an earlier one', () => {
    expect(read(start, 'M a:"Split"', 'P b:a|a|a|a|1', 'RR a|0', 'RT b|1', 'RE b|a|1', 'RTB a|1')).toEqual([]);
  });
});
