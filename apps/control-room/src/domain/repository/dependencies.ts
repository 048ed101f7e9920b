import { type SqlBool, sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import { announce } from '../../kernel/wake-ups.ts';
import { actorOf, recordAudit } from '../audit/index.ts';
import type { Caller } from '../identity/index.ts';
import type { Entry } from './entry.ts';
import { LINKS, type Link } from './links.ts';
import type { Reading } from './reading.ts';
import { requireRight } from './rights.ts';
import { keepManual } from './saving.ts';
import { hold } from './tree.ts';

export interface Dependency {
  readonly entry: Entry;
  readonly requiredBy: number;
  readonly kind: 'SCANNED' | 'MANUAL';
}

/** What a file needs, and what needs it. Nothing is told of files that the caller does not see. */
export function createDependencies(database: Database, reading: Reading) {
  async function linksFrom(parentIds: readonly number[]): Promise<Link[]> {
    return database.all(
      sql<Link>`select p.id as "parentId", c.id as "childId", d.kind from ${LINKS}
        where p.id = any(${[...parentIds]}) order by p.id, c.id, d.kind desc`,
    );
  }

  async function of(caller: Caller, files: readonly Entry[]): Promise<Dependency[]> {
    const links = await linksFrom(files.map(({ id }) => id));
    const entries = await seen(
      caller,
      links.map(({ childId }) => childId),
    );
    const once = new Map<string, Dependency>();
    for (const { parentId, childId, kind } of links) {
      const entry = entries.get(childId);
      const key = `${parentId}:${childId}`;
      if (entry && !once.has(key)) once.set(key, { entry, requiredBy: parentId, kind });
    }
    return [...once.values()];
  }

  async function seen(caller: Caller, ids: readonly number[]): Promise<Map<number, Entry>> {
    if (ids.length === 0) return new Map();
    const entries = await reading.all(caller, sql<SqlBool>`e.id = any(${[...new Set(ids)]})`);
    return new Map(entries.map((entry) => [entry.id, entry]));
  }

  return {
    /** @throws notFound; forbidden */
    async list(caller: Caller, fileId: number): Promise<Dependency[]> {
      const file = await requireFile(caller, fileId);
      return of(caller, [file]);
    },

    /** For several at once. @throws notFound; forbidden */
    async listAll(caller: Caller, fileIds: readonly number[]): Promise<Dependency[]> {
      const wanted = [...new Set(fileIds)];
      const found = await seen(caller, wanted);
      const files = wanted.map((id) => {
        const file = found.get(id);
        if (!file) throw error('notFound', `There is no file or folder with the id ${id}.`);
        requireRight(caller, file, 'viewContent');
        return file;
      });
      return of(caller, files);
    },

    /** Who uses a file. */
    async parents(caller: Caller, fileId: number): Promise<Entry[]> {
      const file = await requireFile(caller, fileId);
      const links = await database.all(
        sql<Link>`select p.id as "parentId", c.id as "childId", d.kind from ${LINKS} where c.id = ${file.id} order by p.id`,
      );
      return [
        ...(
          await seen(
            caller,
            links.map(({ parentId }) => parentId),
          )
        ).values(),
      ].sort((a, b) => a.id - b.id);
    },

    /** Says what a file needs beside what stands in it. @throws notFound; forbidden; invalid */
    async setManual(caller: Caller, fileId: number, childIds: readonly number[]): Promise<Dependency[]> {
      const file = await requireFile(caller, fileId);
      requireRight(caller, file, 'checkIn');
      const children = await seen(caller, childIds);
      const missing = childIds.find((id) => !children.has(id));
      if (missing !== undefined) throw error('notFound', `There is no file or folder with the id ${missing}.`);
      if (children.has(fileId)) throw error('invalid', `${file.path} cannot depend on itself.`);
      for (const child of children.values()) {
        if (child.workspace === 'PRIVATE' && child.ownerId !== file.ownerId)
          throw error('invalid', `${file.path} cannot depend on ${child.path}, which is in a private workspace.`);
      }
      await database.transaction(async (tx) => {
        const held = await hold(tx, fileId);
        const paths = [...children.values()].map(({ path }) => path.toLowerCase());
        await keepManual(tx, fileId, held.latestVersion, paths);
        await recordAudit(tx, {
          actor: actorOf(caller),
          action: 'repository.setDependencies',
          subject: { type: 'repositoryEntry', id: fileId, name: file.path },
          details: { dependencies: [...children.keys()] },
        });
        await announce(tx, 'repository-changed', '*');
      });
      return of(caller, [file]);
    },
  };

  async function requireFile(caller: Caller, id: number): Promise<Entry> {
    const file = await reading.get(caller, id);
    if (file.isFolder) throw error('invalid', `${file.path} is a folder; files have dependencies.`);
    requireRight(caller, file, 'viewContent');
    return file;
  }
}
