import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import type { TaskPackage } from '../../../domain/task-packages/index.ts';
import type { ClientCall } from '../../operation.ts';
import { FormUpload, linkTo } from '../links.ts';
import { inWorkspace, Nullable, v1 } from '../wire.ts';

/* Contract robocorp §4.9. Three snapshots of the vendor's document differ; the answers hold what each of them says. */

export const declared = { module: 'Task Packages', versions: v1, provenance: 'documented' } as const;

export const reads = { workspace: 'Tasks.read_task_packages' } as const;
export const writes = { workspace: 'Tasks.write_task_packages' } as const;

export const packageParams = inWorkspace('taskPackage');

export const PackageShown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  type: Type.Literal('zip'),
  tasks: Type.Array(Type.Object({ name: Type.String() })),
  download: Nullable(Type.Object({ url: Type.String() })),
  upload: Type.Optional(FormUpload),
});

type Asking = Pick<ClientCall<unknown, unknown, unknown>, 'client' | 'facts'>;

/** With where a new version is sent, for those who may send one. */
export async function render(found: TaskPackage, { client, facts }: Asking, domain: Domain): Promise<object> {
  const url = await downloadOf(found, { facts }, domain);
  return {
    id: found.id,
    name: found.name,
    type: 'zip',
    tasks: found.tasks.map((name) => ({ name })),
    download: url === undefined ? null : { url },
    ...(client.may(writes.workspace) ? { upload: await uploadOf(found, { client, facts }, domain) } : {}),
  };
}

export async function uploadOf(found: TaskPackage, { client, facts }: Asking, domain: Domain) {
  return { url: await linkTo(domain.taskPackages.uploadTicket(client, found), facts, domain), form_data: {} };
}

/** Undefined while nothing was uploaded. */
export async function downloadOf(
  found: TaskPackage,
  { facts }: Pick<Asking, 'facts'>,
  domain: Domain,
): Promise<string | undefined> {
  const ticket = domain.taskPackages.contentTicket(found);
  return ticket && linkTo(ticket, facts, domain);
}
