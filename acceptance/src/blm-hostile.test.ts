import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { type BlmSuite, blmSuite, manifestOf, type ZipItem, zipOf } from './support/blm.ts';

/** Archives of strangers: each ends as a FAILED job that says why, and leaves nothing behind. */
let server: TestServer;
let blm: BlmSuite;
let admin: { token: string };
beforeAll(async () => {
  server = await startTestServer();
  blm = blmSuite(server);
  admin = { token: server.admin };
});
afterAll(() => server?.stop());

const BOT = '{"nodes":[],"variables":[]}';
const ROOT = 'Automation Anywhere/Bots';
const good: ZipItem = [`${ROOT}/Good`, BOT];

async function expectRefused(bytes: Uint8Array, why: RegExp, options = {}): Promise<void> {
  const before = await everything();
  const job = await blm.import(admin, bytes, options);
  expect(job).toMatchObject({ type: 'IMPORT', status: 'FAILED', errorMessage: expect.stringMatching(why) });
  expect(await everything(), 'nothing is half imported').toEqual(before);
}

/** All that an import could leave behind, with the pieces of its upload. */
async function everything(): Promise<unknown> {
  const row = await server.database.database.first(
    sql`select (select count(*) from repository_entry) as entries, (select count(*) from repository_version) as versions,
      (select count(*) from package_archive) as packages, (select count(*) from blm_archive_chunk) as pieces`,
  );
  return row;
}

describe('An archive of a stranger', () => {
  it.each<[string, RegExp]>([
    ['../../etc/passwd', /climbs/],
    ['Automation Anywhere\\..\\..\\x', /climbs/],
    [`${ROOT}/a/../../../b`, /climbs/],
    ['/etc/passwd', /absolute/],
    ['\\\\server\\share\\x', /absolute/],
    ['C:\\Windows\\x', /drive/],
    [`${ROOT}/a\u0007b`, /control character/],
    [`${ROOT}/CON`, /reserves/],
    [`${ROOT}/nul.txt`, /reserves/],
    [`${ROOT}/Lpt1/x`, /reserves/],
    [`${ROOT}/dot./x`, /dot/],
    [`${ROOT}/a:b`, /cannot be a name/],
    [`${ROOT}/${'x'.repeat(300)}`, /cannot be a name/],
  ])('with a file %j is refused', async (name, why) => {
    await expectRefused(await zipOf([good, [name, BOT]]), why);
  });

  it.each([`${ROOT}/good`, 'automation anywhere\\bots\\GOOD'])(
    'with a twin %j in other letters is refused',
    async (name) => {
      await expectRefused(await zipOf([good, [name, BOT]]), /twice/);
    },
  );

  it('whose folders lead two of its files to one place is refused', async () => {
    await expectRefused(
      await zipOf([
        [`a/${ROOT}/x`, BOT],
        [`b/${ROOT}/X`, BOT],
      ]),
      /twice/,
    );
  });

  it('with a link is refused', async () => {
    const link = { externalFileAttributes: (0o120777 << 16) >>> 0, versionMadeBy: (3 << 8) | 20 };
    await expectRefused(await zipOf([good, [`${ROOT}/link`, '/etc/passwd', link]]), /link/);
  });

  it('that would swell is refused before anything is unpacked', async () => {
    await expectRefused(await zipOf([good, [`${ROOT}/zeros`, new Uint8Array(12_000_000)]]), /swell/);
  });

  it('whose many files would swell together is refused', async () => {
    const many = Array.from({ length: 15 }, (_, at): ZipItem => [`${ROOT}/zeros ${at}`, new Uint8Array(9_000_000)]);
    await expectRefused(await zipOf([good, ...many]), /swell/);
  });

  it('with an archive inside keeps that as a file: nothing in it is unpacked', async () => {
    const bomb = await zipOf([['zeros', new Uint8Array(12_000_000)]]);
    const job = await blm.import(admin, await zipOf([[`${ROOT}/inner.zip`, bomb]]));
    expect(job).toMatchObject({ status: 'COMPLETED' });
  });

  it('with a package that is a bomb is refused', async () => {
    const bomb = await zipOf([['package.json', new Uint8Array(12_000_000)]]);
    await expectRefused(await zipOf([good, ['bot-command-x-1.jar', bomb]]), /package file .*swell/);
  });

  it('with the wrong password, or none, is refused', async () => {
    const locked = await zipOf([good], 'right');
    await expectRefused(locked, /password of the archive is wrong/, { archivePassword: 'wrong' });
    await expectRefused(locked, /encrypted, and no password came/);
  });

  it('that was cut off is refused', async () => {
    const whole = await zipOf([good, [`${ROOT}/data`, randomBytes(5_000)]]);
    await expectRefused(whole.subarray(0, -30), /no zip archive, or not all of it arrived/);
    await expectRefused(whole.subarray(0, 2_000), /no zip archive, or not all of it arrived/);
  });

  it('that is none is refused', async () => {
    await expectRefused(Buffer.from('this is no zip at all, whatever its name says'), /no zip archive/);
    await expectRefused(randomBytes(100_000), /no zip archive/);
  });

  it('with a changed byte is refused', async () => {
    const bytes = await zipOf([good, [`${ROOT}/data`, randomBytes(5_000), { level: 0 }]]);
    bytes[2_000] = (bytes[2_000] ?? 0) ^ 1;
    await expectRefused(bytes, /damaged/);
  });

  it('that claims less than it holds is refused', async () => {
    const bytes = await zipOf([good, [`${ROOT}/liar`, randomBytes(5_000)]]);
    // The unpacked size in the last entry of the directory.
    bytes.writeUInt32LE(10, bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24);
    await expectRefused(bytes, /damaged|more than the archive says/);
  });

  it('whose files share their bytes is refused', async () => {
    const bytes = await zipOf([good, [`${ROOT}/one`, randomBytes(5_000)], [`${ROOT}/two`, randomBytes(5_000)]]);
    const last = bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    const before = bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'), last - 1);
    bytes.writeUInt32LE(bytes.readUInt32LE(before + 42), last + 42);
    await expectRefused(bytes, /damaged/);
  });

  it('with a name that is not UTF-8 is refused', async () => {
    const bytes = await zipOf([good, [`${ROOT}/Namen`, BOT]]);
    for (let at = bytes.indexOf('/Namen'); at >= 0; at = bytes.indexOf('/Namen', at + 1)) bytes[at + 2] = 0xff;
    await expectRefused(bytes, /not UTF-8/);
  });

  it('in ZIP64 is an archive like any other', async () => {
    const bytes = await zipOf([[`${ROOT}/In 64 bits`, BOT, { zip64: true }]]);
    expect(await blm.import(admin, bytes)).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
  });

  it.each<[string, string, RegExp]>([
    ['is no JSON', '{"files":', /none of an export/],
    ['lists nothing', '{"name":"an extension of a browser"}', /none of an export/],
    ['names what is not there', manifestOf([{ path: 'Automation Anywhere\\Bots\\Gone' }]), /not in the archive/],
    ['sends a file away', manifestOf([{ path: 'Automation Anywhere\\Bots\\Good', newPath: '..\\..\\x' }]), /climbs/],
    [
      'sends a file out of the repository',
      manifestOf([{ path: 'Automation Anywhere\\Bots\\Good', newPath: 'Else\\x' }]),
      /not in the repository/,
    ],
    [
      'gives a picture to no bot',
      manifestOf([
        {
          path: 'Automation Anywhere\\Bots\\Good',
          contentType: 'image/png',
          metadataForFile: 'Automation Anywhere\\Bots\\None',
        },
      ]),
      /no bot at/,
    ],
    [
      'calls it what it is not',
      manifestOf([{ path: 'Automation Anywhere\\Bots\\Good', contentType: 'text/html\r\nx: y' }]),
      /no content type/,
    ],
  ])('whose manifest %s is refused', async (_what, manifest, why) => {
    await expectRefused(await zipOf([['manifest.json', manifest], good]), why);
  });

  it('whose second bot is none takes the first back with it', async () => {
    const bytes = await zipOf([
      [
        'manifest.json',
        manifestOf([{ path: 'Automation Anywhere\\Bots\\First' }, { path: 'Automation Anywhere\\Bots\\Second' }]),
      ],
      [`${ROOT}/First`, BOT],
      [`${ROOT}/Second`, 'no bot'],
    ]);
    await expectRefused(bytes, /Second is not JSON/);
  });

  it('whose manifest sends two files to one place is refused', async () => {
    const manifest = manifestOf([
      { path: 'Automation Anywhere\\Bots\\Good' },
      { path: 'Automation Anywhere\\Bots\\Other', newPath: 'Automation Anywhere\\Bots\\GOOD' },
    ]);
    await expectRefused(await zipOf([['manifest.json', manifest], good, [`${ROOT}/Other`, BOT]]), /twice/);
  });

  it('with nothing for a repository is refused', async () => {
    await expectRefused(await zipOf([['readme.txt', 'hello']]), /neither a manifest nor files/);
    await expectRefused(await zipOf([]), /neither a manifest nor files/);
  });
});

describe('A form', () => {
  const send = (form: FormData) => server.call('POST', '/v2/blm/import', { token: server.admin, body: form });

  it('without its file, or without what to do with files that exist, is refused at once', async () => {
    const noFile = new FormData();
    noFile.set('actionIfExisting', 'SKIP');
    expect(await send(noFile)).toMatchObject({ status: 400 });
    const noAction = new FormData();
    noAction.set('upload', new Blob([new Uint8Array(await zipOf([good]))]), 'a.zip');
    expect(await send(noAction)).toMatchObject({ status: 400, body: { message: /actionIfExisting/ } });
    const wrongAction = new FormData();
    wrongAction.set('upload', new Blob(['x']), 'a.zip');
    wrongAction.set('actionIfExisting', 'MERGE');
    expect(await send(wrongAction)).toMatchObject({ status: 400 });
    const json = await server.call('POST', '/v2/blm/import', { token: server.admin, body: {} });
    expect(json.status).toBe(400);
    expect(await everything()).toMatchObject({ pieces: 0 });
  });

  it('with a file over the limit is refused, and nothing of it is kept', async () => {
    const small = await startTestServer({ SIGNALBOX_MAX_UPLOAD_BYTES: '2000000' });
    const answer = await blmSuite(small).upload({ token: small.admin }, randomBytes(3_000_000));
    expect(answer).toMatchObject({ status: 413, body: { code: 'REQUEST.TOO_LARGE' } });
    expect(await small.database.database.all(sql`select 1 from blm_archive`)).toEqual([]);
    await small.stop();
  });

  it('with two files is refused', async () => {
    const form = new FormData();
    form.set('actionIfExisting', 'SKIP');
    form.append('upload', new Blob([new Uint8Array(await zipOf([good]))]), 'a.zip');
    form.append('upload', new Blob([new Uint8Array(await zipOf([good]))]), 'b.zip');
    expect(await send(form)).toMatchObject({ status: 400 });
    expect(await everything()).toMatchObject({ pieces: 0 });
  });
});
