import { join } from 'node:path';
import type { TestServer } from '../../../apps/control-room/test-support/server.ts';
import { zipFolder } from '../../../packages/robots/test-support/zip-folder.ts';
import type { TestWorkspace } from './robocorp.ts';

export const SAMPLE_ROBOT = join(import.meta.dirname, '../../../samples/invoices-robot');

/** Puts a robot into the workspace as a task package; answers its id. */
export async function uploadRobot(
  server: TestServer,
  workspace: TestWorkspace,
  key: string,
  name: string,
  zip: Buffer,
): Promise<string> {
  const { id } = (await workspace.call(key, 'POST', '/task-packages', { body: { name, type: 'zip' } })).body;
  const { url, form_data: fields } = (await workspace.call(key, 'GET', `/task-packages/${id}/upload`)).body;
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, String(value));
  form.set('file', new Blob([new Uint8Array(zip)]), 'robot.zip');
  const sent = await server.call('POST', new URL(url).pathname, { body: form });
  if (sent.status >= 300) throw new Error(sent.text);
  return id;
}

export const zipSample = (): Promise<Buffer> => zipFolder(SAMPLE_ROBOT);

/** A one-time token by which a worker links itself to the workspace. */
export async function linkToken(workspace: TestWorkspace, key: string): Promise<string> {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const made = await workspace.call(key, 'POST', '/workers/link-tokens', { body: { expires_at: expires } });
  if (made.status !== 200) throw new Error(made.text);
  return made.body.link_token;
}
