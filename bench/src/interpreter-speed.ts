import { benchInterpreter } from './interpreter.ts';
import type { Measurement } from './measurement.ts';
import { whole } from './statistics.ts';

const LEAST = 5_000_000;

/** How fast bots run where they only reckon: a loop with a condition, no device involved. */
export const interpreterSpeed: Measurement = {
  name: 'interpreter',
  run: async (bench) => {
    const { nodesPerSecond, nodes, seconds } = await benchInterpreter(bench.quick ? 3 : 7);
    bench.tell(`${whole(nodesPerSecond)} nodes/s`);
    return {
      title: 'The bot interpreter',
      columns: ['nodes', 'seconds', 'nodes/s'],
      rows: [
        { name: 'loop, condition and two additions', cells: [whole(nodes), seconds.toFixed(3), whole(nodesPerSecond)] },
      ],
      aims: [
        {
          text: 'at least 5 million nodes a second',
          reached: `${(nodesPerSecond / 1e6).toFixed(1)} million`,
          met: nodesPerSecond >= LEAST,
        },
      ],
    };
  },
};
