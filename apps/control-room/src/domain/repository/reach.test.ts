import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test-support/server.ts';
import { type Caller, SYSTEM } from '../identity/index.ts';
import { FLAGS, type FolderRight } from './flags.ts';
import type { Repository } from './index.ts';

/*
 * Whatever rights three roles have on the folders of a tree: what the statement says that a user sees, and may do, is what
 * a few lines of a model say, which walk up from each entry.
 */

const VIEW = 29;
const UPLOAD = 100007;
const RUN = 7;

let server: TestServer;
let repository: Repository;
let caller: Caller;
let roles: number[];
/** Three folders at the top, two in each, one in each of those; a file in every one. */
let tree: { id: number; parentId: number; isFolder: boolean }[];
beforeAll(async () => {
  server = await startTestServer();
  repository = server.room.domain.repository;
  const user = await server.user([VIEW, UPLOAD, RUN], 'reacher');
  const second = await server.user([VIEW, UPLOAD], 'second');
  const third = await server.user([], 'third');
  roles = [user.roleId, second.roleId, third.roleId];
  const make = async (parentId: number, widths: readonly number[]): Promise<void> => {
    const [width = 0, ...deeper] = widths;
    for (let at = 0; at < width; at++) {
      const folder = await repository.entries.createFolder(SYSTEM, parentId, `f${at}`);
      await repository.entries.createFile(SYSTEM, { name: 'file', parentId: folder.id, contentType: 'text/plain' });
      await make(folder.id, deeper);
    }
  };
  await make(2, [3, 2, 1]);
  tree = await server.room.kernel.database.all(
    sql`select id, coalesce(parent_id, 0) as "parentId", is_folder as "isFolder" from repository_entry where workspace = 'PUBLIC'`,
  );
  await server.room.kernel.database.all(
    sql`insert into user_role (user_id, role_id) select ${user.id}, r from unnest(${roles}::bigint[]) as r on conflict do nothing`,
  );
  await server.room.domain.identity.roles.update(SYSTEM, second.roleId, { description: 'tells everybody' });
  caller = await server.room.domain.identity.authenticate(user.token);
});
afterAll(() => server?.stop());

const right = fc.constantFrom<FolderRight>('viewContent', 'checkIn', 'run', 'delete');
const entry = fc.record({ at: fc.nat({ max: 100 }), rights: fc.uniqueArray(right, { maxLength: 2 }) });
/** Undefined: never set. */
const settings = fc.tuple(
  ...[0, 1, 2].map(() => fc.option(fc.array(entry, { maxLength: 4 }), { nil: undefined, freq: 4 })),
);
/** What the general permissions of each role give, and all of them together. */
const GENERAL = [
  FLAGS.viewContent | FLAGS.checkIn | FLAGS.checkOut | FLAGS.clone | FLAGS.run | FLAGS.schedule,
  FLAGS.viewContent | FLAGS.checkIn | FLAGS.checkOut | FLAGS.clone,
  0,
];

it('is for every entry what walking up from it finds', async () => {
  await fc.assert(
    fc.asyncProperty(settings, async (given) => {
      const folders = tree.filter(({ isFolder }) => isFolder);
      const sets = given.map((entries) => {
        if (entries === undefined) return undefined;
        const named = entries.map(({ at, rights }) => [folders[at % folders.length]?.id ?? 0, rights] as const);
        return new Map(named);
      });
      for (const [at, set] of sets.entries()) {
        const roleId = roles[at] ?? 0;
        if (set === undefined) await repository.folderRights.clear(SYSTEM, roleId);
        else {
          const entries = [...set].map(([folderId, rights]) => ({ folderId, rights }));
          await repository.folderRights.set(SYSTEM, roleId, entries);
        }
      }
      const seen = await repository.entries.listWorkspace(caller, 'PUBLIC', {
        filter: { operator: 'everything' },
        order: [],
        offset: 0,
        length: 1_000,
      });
      const expected = new Map(modelOf(sets));
      expect(new Map(seen.rows.map(({ id, rights }) => [id, rights]))).toEqual(expected);
      expect(seen.total).toBe(expected.size);
      for (const { id, isFolder, folderCount } of seen.rows) {
        const children = tree.filter(({ parentId }) => parentId === id && expected.has(parentId));
        if (isFolder) expect(folderCount).toBe(children.filter((child) => expected.has(child.id)).length);
      }
    }),
    { numRuns: Number(process.env.REACH_RUNS ?? 40) },
  );
}, 120_000);

type Sets = readonly (ReadonlyMap<number, readonly FolderRight[]> | undefined)[];

function modelOf(sets: Sets): [id: number, rights: number][] {
  const parents = new Map(tree.map(({ id, parentId }) => [id, parentId]));
  const mask = GENERAL.reduce((all, bits) => all | bits, 0);
  const bitsOf = (rights: readonly FolderRight[]): number =>
    rights.reduce((bits, one) => bits | FLAGS[one] | (one === 'checkIn' ? FLAGS.clone | FLAGS.viewContent : 0), 0);
  const rightsAt = (start: number): number => {
    let united = 0;
    for (const [at, set] of sets.entries()) {
      if (set === undefined) united |= GENERAL[at] ?? 0;
      else {
        let id = start;
        while (id !== 0 && !set.has(id)) id = parents.get(id) ?? 0;
        united |= bitsOf(set.get(id) ?? []);
      }
    }
    return united & mask;
  };
  const never = sets.every((set) => set === undefined);
  const direct = new Map(tree.map(({ id, parentId, isFolder }) => [id, rightsAt(isFolder ? id : parentId)]));
  const onTheWay = new Set<number>();
  for (const { id, isFolder } of tree) {
    if (!isFolder || direct.get(id) === 0) continue;
    for (let at = parents.get(id) ?? 0; at !== 0; at = parents.get(at) ?? 0) onTheWay.add(at);
  }
  return [...direct].filter(([id, rights]) => never || rights !== 0 || onTheWay.has(id));
}
