import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImport } from '@signalbox/importers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { blmSuite, type ManifestEntry, type Unpacked } from './support/blm.ts';

/** What leaves one Control Room arrives in another as it was, and leaves that one as it came. */
let here: TestServer;
let there: TestServer;
let folder: string;
beforeAll(async () => {
  [here, there] = await Promise.all([startTestServer(), startTestServer()]);
  folder = await mkdtemp(join(tmpdir(), 'signalbox-round-trip-'));
});
afterAll(async () => {
  await Promise.all([here?.stop(), there?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const RUNS = 8;
const BOTS = 'Automation Anywhere\\Bots';

interface Made {
  readonly name: string;
  readonly folder: string;
  readonly kind: 'bot' | 'file';
  readonly description: string;
  readonly content: Uint8Array;
  /** Which of the files before this one it is said to need. */
  readonly needs: readonly number[];
  readonly pictures: readonly Uint8Array[];
}

const word = fc.stringMatching(/^[a-zA-Zéß漢0-9][a-zA-Zéß漢0-9 ._()+-]{0,12}[a-zA-Z0-9]$/);
const made: fc.Arbitrary<Made> = fc.record({
  name: word,
  folder: fc.constantFrom('', '\\Finance', '\\Finance\\Deep', '\\Ünïcode 漢'),
  kind: fc.constantFrom('bot', 'file'),
  description: fc.string({ maxLength: 20 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  content: fc.uint8Array({ maxLength: 3_000 }),
  needs: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
  pictures: fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 2 }),
});
const estate = fc.uniqueArray(made, {
  minLength: 1,
  maxLength: 6,
  // Prefixes keep names from being devices', or a picture folder's.
  selector: ({ name, folder: where }) => `${where}\\${name}`.toLowerCase(),
});

/** Makes the files under a folder of their own, as people do: one call after another. */
async function make(files: readonly Made[], root: string): Promise<string[]> {
  const { entries, metadata, dependencies } = here.room.domain.repository;
  const admin = await here.room.domain.identity.authenticate(here.admin);
  const ids: number[] = [];
  for (const { name, kind, description, content, pictures, needs, folder: where } of files) {
    const bytes = kind === 'bot' ? botFrom(content) : Buffer.from(content);
    const contentType = kind === 'bot' ? 'application/vnd.aa.taskbot' : 'application/x-something';
    const path = `${root}${where}\\${kind} ${name}`;
    const { entry } = await entries.importFile(
      admin,
      { workspace: 'PUBLIC', path, contentType, bytes, description },
      'SKIP',
    );
    for (const [at, picture] of pictures.entries()) {
      const made_ = await metadata.create(admin, entry.id, { name: `${at}.png`, contentType: 'image/png' });
      await entries.putContent(admin, made_.id, Buffer.from(picture), false);
    }
    const before = needs.flatMap((at) => ids[at] ?? []);
    if (before.length > 0) await dependencies.setManual(admin, entry.id, before);
    ids.push(entry.id);
  }
  return ids.map(String);
}

function botFrom(content: Uint8Array): Buffer {
  return Buffer.from(
    `{"nodes":[],"variables":[],\n  "kept":${JSON.stringify(Buffer.from(content).toString('base64'))} }`,
  );
}

/** An archive without what may differ: order, and who wrote it. */
function essence({ entries, manifest }: Unpacked): unknown {
  const files = manifest.files.map(({ manualDependencies, scannedDependencies, ...rest }: ManifestEntry) => ({
    ...rest,
    manualDependencies: [...manualDependencies].sort(),
    scannedDependencies: [...scannedDependencies].sort(),
  }));
  return {
    contents: [...entries]
      .filter(([name]) => name !== 'manifest.json')
      .map(([name, bytes]) => [name, bytes.toString('base64')])
      .sort(),
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    packages: manifest.packages,
  };
}

describe('An export that is imported elsewhere', () => {
  it('leaves there as the same files, contents, dependencies and pictures', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        estate,
        fc.option(
          fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed()),
          { nil: undefined },
        ),
        async (files, password) => {
          const root = `${BOTS}\\Round ${++round}`;
          const ids = await make(files, root);
          const [a, b] = [blmSuite(here), blmSuite(there)];
          const secret = password === undefined || password.includes('\0') ? {} : { archivePassword: password };
          const first = await a.export({ token: here.admin }, ids, secret);
          const ordered = await a.order({ token: here.admin }, { name: 'again', fileIds: ids, ...secret });
          await a.ended({ token: here.admin }, ordered.body.requestId);
          const bytes = await a.download({ token: here.admin }, ordered.body.requestId);
          const job = await b.import({ token: there.admin }, bytes, { actionIfExisting: 'ABORT', ...secret });
          expect(job).toMatchObject({ status: 'COMPLETED', errorMessage: '', notices: [] });
          const { list } = (
            await there.call('POST', '/v2/repository/workspaces/public/files/list', {
              token: there.admin,
              body: {
                filter: {
                  operator: 'and',
                  operands: [
                    { operator: 'substring', field: 'path', value: root },
                    { operator: 'eq', field: 'folder', value: 'false' },
                  ],
                },
                page: { length: 1000 },
              },
            })
          ).body;
          const again = await b.export(
            { token: there.admin },
            list.map(({ id }: { id: string }) => id),
          );
          expect(essence(again)).toEqual(essence(first));
        },
      ),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('is read by the importers of the command line as what it is', async () => {
    const files: Made[] = [
      {
        name: 'One',
        folder: '',
        kind: 'bot',
        description: 'd',
        content: new Uint8Array([1]),
        needs: [],
        pictures: [new Uint8Array([9])],
      },
      {
        name: 'Two',
        folder: '\\Deep',
        kind: 'bot',
        description: '',
        content: new Uint8Array([2]),
        needs: [0],
        pictures: [],
      },
      {
        name: 'data',
        folder: '',
        kind: 'file',
        description: '',
        content: new Uint8Array([3]),
        needs: [],
        pictures: [],
      },
    ];
    const ids = await make(files, `${BOTS}\\For the command line`);
    const a = blmSuite(here);
    const ordered = await a.order({ token: here.admin }, { name: 'e', fileIds: ids });
    await a.ended({ token: here.admin }, ordered.body.requestId);
    const path = join(folder, 'e.zip');
    await writeFile(path, await a.download({ token: here.admin }, ordered.body.requestId));
    const opened = await openImport(path);
    expect(opened).toMatchObject({
      kind: 'blm-export',
      problems: [],
      bots: [
        { path: 'Automation Anywhere/Bots/For the command line/bot One', description: 'd', manualDependencies: [] },
        {
          path: 'Automation Anywhere/Bots/For the command line/Deep/bot Two',
          manualDependencies: ['Automation Anywhere/Bots/For the command line/bot One'],
        },
      ],
    });
    expect(opened.files).toHaveLength(2);
    expect(await opened.bots[0]?.content()).toBe(botFrom(new Uint8Array([1])).toString());
    opened.close();
  });
});
