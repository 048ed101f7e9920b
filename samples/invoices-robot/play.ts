import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@signalbox/client';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/**
 * The third sample: a process of two robots, set up and run through the calls of the second wire, with a key of the workspace.
 * What is there already stays.
 */
export interface InvoicesOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly show: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

export interface Invoices {
  readonly workspaceId: string;
  readonly processId: string;
}

const NAME = 'Invoices';
const FILES = ['robot.yaml', 'runtime.py', 'split.py', 'post.py'];
const PERMISSIONS = [
  'read_processes',
  'read_runs',
  'trigger_processes',
  'read_work_items',
  'read_task_packages',
  'write_task_packages',
];

interface Named {
  readonly id: string;
  readonly name: string;
}

export async function playInvoices(options: InvoicesOptions): Promise<Invoices> {
  const client = new Client(options);
  const [workspace] = (await client.call<{ list: Named[] }>('GET', '/signalbox/v1/workspaces')).list;
  if (!workspace) throw new Error('There is no workspace.');
  const own = `/signalbox/v1/workspaces/${workspace.id}`;
  const api = await withKey(client, options.url, workspace.id);
  const taskPackageId = await findPackage(client, own, api);
  const { data } = await api<{ data: Named[] }>('GET', '/processes');
  const process =
    data.find(({ name }) => name === NAME) ??
    (await client.call<Named>('POST', `${own}/processes`, {
      name: NAME,
      steps: [
        { name: 'Split', taskPackageId, taskName: 'Split' },
        { name: 'Post', taskPackageId, taskName: 'Post', retries: 1 },
      ],
    }));
  await runOnce(api, process.id, options);
  return { workspaceId: workspace.id, processId: process.id };
}

type Api = <Answer>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>;

/** Calls as a program of the workspace, with a key of its own. */
async function withKey(client: Client, url: string, workspaceId: string): Promise<Api> {
  const keys = `/signalbox/v1/workspaces/${workspaceId}/keys`;
  const { list } = await client.call<{ list: Named[] }>('GET', keys);
  const known = list.find(({ name }) => name === NAME);
  const { key } = known
    ? await client.call<{ key: string }>('POST', `${keys}/${known.id}/reveal`)
    : await client.call<{ key: string }>('POST', keys, { name: NAME, permissions: PERMISSIONS, revealable: true });
  return async <Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${url}/api/v1/workspaces/${workspaceId}${path}`, {
      method,
      headers: { authorization: `RC-WSKEY ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    // Whoever calls knows what the call answers.
    return (await answer.json()) as Answer;
  };
}

async function findPackage(client: Client, own: string, api: Api): Promise<string> {
  const { list } = await client.call<{ list: (Named & { tasks: string[] })[] }>('GET', `${own}/task-packages`);
  const known = list.find(({ name }) => name === NAME);
  if (known && known.tasks.length > 0) return known.id;
  const { id } = known ?? (await api<Named>('POST', '/task-packages', { name: NAME, type: 'zip' }));
  const upload = await api<{ url: string; form_data: Record<string, string> }>('GET', `/task-packages/${id}/upload`);
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.form_data)) form.set(name, value);
  form.set('file', new Blob([await zip()]), 'robot.zip');
  const answer = await fetch(upload.url, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`The robot could not be uploaded: ${await answer.text()}`);
  return id;
}

async function zip(): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const file of FILES) {
    await writer.add(file, new Uint8ArrayReader(await readFile(join(import.meta.dirname, file))));
  }
  return new Uint8Array(await writer.close());
}

interface Item {
  readonly id: string;
  readonly state: string;
  readonly exception: { readonly message: string } | null;
}

async function runOnce(api: Api, processId: string, { show, signal }: InvoicesOptions): Promise<void> {
  const { data: runs } = await api<{ data: Named[] }>('GET', `/process-runs?process_id=${processId}&limit=1`);
  if (runs.length > 0) return;
  if (spawnSync('python3', ['--version']).status !== 0) {
    show.write(`The process ${NAME} is there, but was not run: its robots need python3.\n`);
    return;
  }
  const payload = JSON.parse(await readFile(join(import.meta.dirname, 'orders.json'), 'utf8'));
  const { id } = await api<{ id: string }>('POST', `/processes/${processId}/process-runs`, {
    type: 'with_payloads',
    payloads: [payload],
  });
  let run = { state: 'new', duration: 0 };
  while (!signal.aborted && !['completed', 'unresolved'].includes(run.state)) {
    await sleep(200, undefined, { signal }).catch(() => {});
    if (!signal.aborted) run = await api('GET', `/process-runs/${id}`);
  }
  if (signal.aborted) return;
  const { data } = await api<{ data: Item[] }>('GET', `/work-items?process_run_id=${id}&limit=500`);
  const failed = data.filter(({ state }) => state === 'failed');
  // One item is the input that the others came out of.
  const posted = data.filter(({ state }) => state === 'done').length - 1;
  const why = failed.map(({ exception }) => exception?.message).join(' ');
  show.write(
    `${NAME}, a process of two robots: ${posted} orders posted, ${failed.length} failed, in ${run.duration.toFixed(1)} s. ${why}\n`,
  );
}
