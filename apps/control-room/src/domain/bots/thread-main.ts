import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadData } from './protocol.ts';

/*
 * The first lines of a thread that runs bots. With the compile cache on before anything is loaded, a thread is there
 * after 50 ms, of which 26 are Node's own; without it it took 230 (measured, 2 cores).
 */
if (!parentPort) throw new Error('This file is the inside of a thread.');
const data = workerData as ThreadData;
if (data.cacheFolder !== undefined) enableCompileCache(data.cacheFolder);
const { serveBots } = await import('./thread-work.ts');
serveBots(parentPort, data);
