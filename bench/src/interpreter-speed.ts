import { benchInterpreter } from './interpreter.ts';
import type { Measurement } from './measurement.ts';
import { ratio, whole } from './statistics.ts';

const LEAST = 5_000_000;

/** How fast bots run where they only reckon, beside the same work written by hand in JavaScript; no device involved. */
export const interpreterSpeed: Measurement = {
  name: 'interpreter',
  run: async (bench) => {
    const figures = await benchInterpreter(bench.quick ? 3 : 7);
    for (const { name, nodesPerSecond } of figures) bench.tell(`${name}: ${whole(nodesPerSecond)} nodes/s`);
    const counting = figures[0]?.nodesPerSecond ?? 0;
    return {
      title: 'The bot interpreter',
      columns: ['nodes', 'seconds', 'nodes/s', 'by hand in JavaScript, seconds', 'times as long'],
      rows: figures.map(({ name, nodes, seconds, nodesPerSecond, byHandSeconds }) => ({
        name,
        cells: [
          whole(nodes),
          seconds.toFixed(3),
          whole(nodesPerSecond),
          byHandSeconds.toFixed(4),
          ratio(seconds / byHandSeconds),
        ],
      })),
      aims: [
        {
          text: 'at least 5 million nodes a second',
          reached: `${(counting / 1e6).toFixed(1)} million`,
          met: counting >= LEAST,
        },
      ],
    };
  },
};
