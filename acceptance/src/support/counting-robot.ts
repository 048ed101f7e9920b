import { zipOf } from '../../../packages/importers/test-support/zip.ts';

/**
 * A robot that works off its step as the vendor's library does, one item after the other: reads it, makes one output of it,
 * releases it, reserves the next. What it cannot reach it tries again; when it is told no, it ends.
 */
const WORK = `
const { env } = process;
const headers = { authorization: 'Bearer ' + env.RC_API_WORKITEM_TOKEN, 'content-type': 'application/json' };
const items = env.RC_API_WORKITEM_HOST + '/json-v1/workspaces/' + env.RC_WORKSPACE_ID + '/workitems';
const base = env.RC_API_PROCESS_HOST + '/process-v1/workspaces/' + env.RC_WORKSPACE_ID + '/processes/' + env.RC_PROCESS_ID;
const run = base + '/runs/' + env.RC_PROCESS_RUN_ID + '/robotRuns/' + env.RC_ACTIVITY_RUN_ID;

async function call(method, url, body) {
  // What is said again after a lost answer makes no second output. The other calls may be repeated as they are.
  const own = url.endsWith('/output') ? { ...headers, 'idempotency-key': crypto.randomUUID() } : headers;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(url, { method, headers: own, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await answer.text();
      if (answer.ok) return text === '' ? undefined : JSON.parse(text);
      if (answer.status < 500 && answer.status !== 429) { console.error(answer.status + ' ' + text); process.exit(1); }
    } catch {}
    if (attempt === 30) process.exit(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

let item = env.RC_WORKITEM_ID;
let done = 0;
while (item) {
  const { n, path = '' } = await call('GET', items + '/' + item + '/data');
  await call('POST', base + '/work-items/' + item + '/output', { payload: { n, path: path + (env.STEP ?? '') } });
  if (env.PAUSE) await new Promise((resolve) => setTimeout(resolve, Number(env.PAUSE)));
  await call('POST', run + '/release-work-item', { workItemId: item, state: 'COMPLETED' });
  done++;
  item = (await call('POST', run + '/reserve-next-work-item')).workItemId;
}
console.log('done ' + done);
`;

const YAML = `tasks:
  Main:
    command: [node, work.mjs]
artifactsDir: output
`;

export async function zipCountingRobot(): Promise<Buffer> {
  return Buffer.from(
    await zipOf([
      ['robot.yaml', YAML],
      ['work.mjs', WORK],
    ]),
  );
}
