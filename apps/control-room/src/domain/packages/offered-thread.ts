import { parentPort } from 'node:worker_threads';
import { catalogue } from '@signalbox/actions';
import packageFile from '@signalbox/actions/package.json' with { type: 'json' };
import type { OfferedMessage } from './offered.ts';

parentPort?.postMessage({ version: packageFile.version, entries: catalogue() } satisfies OfferedMessage);
