import { Client, ControlRoomError, type LogIn } from '@signalbox/client';
import type { OpenedImport } from '@signalbox/importers';
import { errorsIn } from '../check/check-bots.ts';
import { ControlRoomProblem } from './control-room-problem.ts';
import type { Look } from './look.ts';

export type Existing = 'skip' | 'overwrite' | 'abort';
export interface Uploaded {
  readonly path: string;
  readonly outcome: 'created' | 'overwritten' | 'skipped' | 'failed';
  readonly reason?: string;
}

interface Item {
  readonly path: string;
  readonly contentType: string;
  readonly description: string;
  readonly hasErrors: boolean;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

interface Entry {
  readonly id: string;
  readonly type: string;
  readonly folder: boolean;
}

/**
 * Puts bots and files into the public workspace, with the folders they lie in; a recorder's pictures stay behind, since
 * nothing here shows them. `abort` looks at all of them first and then changes nothing when one is there.
 *
 * @throws ControlRoomProblem when nothing could be done; what fails for one file is in its result
 */
export async function upload(
  opened: OpenedImport,
  look: Look,
  logIn: LogIn,
  existing: Existing,
  tell: (done: Uploaded) => void,
): Promise<void> {
  const room = new Room(logIn);
  const items = itemsOf(opened, look);
  if (existing === 'abort') await requireNone(room, items);
  for (const item of items) tell(await put(room, item, existing));
}

function itemsOf(opened: OpenedImport, look: Look): Item[] {
  const withErrors = new Set(look.checked.filter(({ problems }) => errorsIn(problems) > 0).map(({ path }) => path));
  const bots = opened.bots.map(({ path, contentType, description, content }) => ({
    path,
    contentType,
    description,
    hasErrors: withErrors.has(path),
    bytes: async () => new TextEncoder().encode(await content()),
  }));
  const files = opened.files
    .filter(({ metadataFor }) => metadataFor === undefined)
    .map(({ path, contentType, content }) => ({
      path,
      contentType: contentType || 'application/octet-stream',
      description: '',
      hasErrors: false,
      bytes: async () => new Uint8Array(await content()),
    }));
  // Files first: a bot that is there can be run, and then wants them.
  return [...files, ...bots];
}

async function requireNone(room: Room, items: readonly Item[]): Promise<void> {
  const there: string[] = [];
  for (const { path } of items) if ((await room.find(path)) !== undefined) there.push(path);
  if (there.length === 0) return;
  const shown = there.slice(0, 10).map((path) => `\n  ${path}`);
  const more = there.length > 10 ? `\n  … ${there.length - 10} more` : '';
  throw new ControlRoomProblem(
    `${there.length} of these are in the Control Room already, so nothing was changed:${shown.join('')}${more}\nTake --existing overwrite to replace them, or --existing skip to leave them as they are.`,
  );
}

async function put(room: Room, item: Item, existing: Existing): Promise<Uploaded> {
  const { path } = item;
  try {
    const there = await room.find(path);
    if (there !== undefined && existing !== 'overwrite') return { path, outcome: 'skipped' };
    if (there?.folder) return { path, outcome: 'failed', reason: 'There is a folder of that name' };
    if (there !== undefined && there.type !== item.contentType) {
      return { path, outcome: 'failed', reason: `There is a file of another kind (${there.type}). Delete it first` };
    }
    const bytes = await item.bytes();
    const id = there?.id ?? (await room.create(item));
    await room.save(id, bytes, item.hasErrors);
    return { path, outcome: there === undefined ? 'created' : 'overwritten' };
  } catch (error) {
    if (error instanceof ControlRoomProblem) throw error;
    return { path, outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The repository of a Control Room, as far as an import needs it. */
class Room {
  readonly #client: Client;
  readonly #url: string;
  readonly #folders = new Map<string, Promise<string>>();

  constructor(logIn: LogIn) {
    this.#client = new Client(logIn);
    this.#url = logIn.url;
  }

  async find(path: string): Promise<Entry | undefined> {
    try {
      return await this.#call<Entry>('POST', '/v2/repository/workspaces/public/files/bypath', { path });
    } catch (error) {
      if (error instanceof ControlRoomError && error.status === 404) return undefined;
      throw error;
    }
  }

  async create({ path, contentType, description }: Item): Promise<string> {
    const at = path.lastIndexOf('/');
    const parentFolderId = await this.#folder(path.slice(0, at));
    const name = path.slice(at + 1);
    return (await this.#call<Entry>('POST', '/v2/repository/files', { contentType, name, description, parentFolderId }))
      .id;
  }

  async save(id: string, bytes: Uint8Array<ArrayBuffer>, hasErrors: boolean): Promise<void> {
    await this.#call('PUT', `/v2/repository/files/${id}/content?hasErrors=${hasErrors}`, new Blob([bytes]));
  }

  /** The folder's id; made when it is not there. */
  #folder(path: string): Promise<string> {
    const key = path.toLowerCase();
    const known = this.#folders.get(key) ?? this.#makeFolder(path);
    this.#folders.set(key, known);
    return known;
  }

  async #makeFolder(path: string): Promise<string> {
    const there = await this.find(path);
    if (there !== undefined) return there.id;
    const at = path.lastIndexOf('/');
    if (at < 0)
      throw new Error(`Expected a path that begins in a folder of the repository, but there is no ${path} in it`);
    const parent = await this.#folder(path.slice(0, at));
    return (await this.#call<Entry>('POST', `/v2/repository/folders/${parent}`, { name: path.slice(at + 1) })).id;
  }

  async #call<Answer>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<Answer> {
    try {
      return await this.#client.call<Answer>(method, path, body);
    } catch (error) {
      if (!(error instanceof ControlRoomError)) {
        const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
        throw new ControlRoomProblem(`The Control Room at ${this.#url} cannot be reached: ${why}`, { cause: error });
      }
      if (error.status === 401 || error.status === 403) {
        const what = error.status === 401 ? 'does not let this user in' : 'does not allow this';
        throw new ControlRoomProblem(`The Control Room ${what}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }
}
