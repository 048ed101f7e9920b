import { zipCountingRobot } from '../../../acceptance/src/support/counting-robot.ts';
import { WORKSPACE_PERMISSIONS } from '../../../apps/control-room/src/domain/workspaces/index.ts';
import type { Api } from '../control-room.ts';
import { secondsOf, share, until } from '../timing.ts';
import { CALLERS, LONGEST_SECONDS, type Shift, STEPS, type Worked } from './shift.ts';

interface Output {
  readonly payload: { readonly n: number; readonly path: string };
}

/** A process of three steps that hand on to each other, over what waits in its input. From the start of its run to its end. */
export async function workOffByRobots({ room, slots, items, begins }: Shift): Promise<Worked> {
  const { list } = await room.api<{ list: { id: string }[] }>('GET', '/signalbox/v1/workspaces');
  const own = `/signalbox/v1/workspaces/${list[0]?.id}`;
  const base = `/api/v1/workspaces/${list[0]?.id}`;
  const { key } = await room.api<{ key: string }>('POST', `${own}/keys`, {
    name: 'bench',
    permissions: WORKSPACE_PERMISSIONS,
  });
  const api = room.apiWith(key);
  const taskPackageId = await uploadRobot(api, base);
  const { id: processId } = await room.api<{ id: string }>('POST', `${own}/processes`, {
    name: 'three steps',
    steps: STEPS.map((STEP) => ({ name: STEP, taskPackageId, environment: { STEP }, maxParallel: slots })),
  });
  await share(items, CALLERS, (_, n) =>
    api('POST', `${base}/work-items`, { process: { id: processId }, payload: { n } }),
  );

  let runId = '';
  begins();
  const seconds = await secondsOf(async () => {
    const started = await api<{ id: string }>('POST', `${base}/processes/${processId}/process-runs`, {
      type: 'with_inputs',
    });
    runId = started.id;
    await until('the process run has ended', LONGEST_SECONDS, async () => {
      const { state } = await api<{ state: string }>('GET', `${base}/process-runs/${runId}`);
      if (state === 'unresolved') {
        const failed = await api('GET', `${base}/work-items?process_run_id=${runId}&state=failed&limit=3`);
        throw new Error(`Items of the process run have failed: ${JSON.stringify(failed)}`);
      }
      return state === 'completed';
    });
  });
  return { seconds, complete: await countComplete(api, `${base}/process-runs/${runId}/outputs?limit=500`) };
}

/** Answers the id of the task package. */
async function uploadRobot(api: Api, base: string): Promise<string> {
  const { id } = await api<{ id: string }>('POST', `${base}/task-packages`, { name: 'counting', type: 'zip' });
  const { url } = await api<{ url: string }>('GET', `${base}/task-packages/${id}/upload`);
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(await zipCountingRobot())]), 'robot.zip');
  const answer = await fetch(url, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`The robot could not be uploaded: ${answer.status} ${await answer.text()}`);
  return id;
}

async function countComplete(api: Api, first: string): Promise<number> {
  const complete = new Set<number>();
  for (let next: string | null = first; next !== null; ) {
    const page: { data: Output[]; next: string | null } = await api('GET', next);
    for (const { payload } of page.data) if (payload.path === STEPS.join('')) complete.add(payload.n);
    next = page.next === null ? null : page.next.slice(new URL(page.next).origin.length);
  }
  return complete.size;
}
