import type { Declaration } from '@signalbox/taskbot';
import { restDelete } from './rest-delete.ts';
import { restGet } from './rest-get.ts';
import { restPatch } from './rest-patch.ts';
import { restPost } from './rest-post.ts';
import { restPut } from './rest-put.ts';

export const restPackage: readonly Declaration[] = [restDelete, restGet, restPatch, restPost, restPut];
