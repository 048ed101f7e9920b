import type { Readable } from 'node:stream';
import type { Static, TObject, TSchema } from 'typebox';
import type { RunnerIdentity } from '../domain/fleet/index.ts';
import type { Caller, PermissionName, TaskCaller } from '../domain/identity/index.ts';
import type { Domain } from '../domain/index.ts';
import type { CredentialCaller, ToolCaller, WorkspaceCaller, WorkspaceGrant } from '../domain/workspaces/index.ts';

/** Where our knowledge of an operation comes from (shared by the docs, the reference table and the page at /docs). */
export type Provenance = 'documented' | 'observed' | 'inferred' | 'extension';

export interface Deprecation {
  /** Day of the announcement. */
  readonly since: string;
  /** Last day; absent where nobody has said. */
  readonly endOfLife?: string;
  /** The version that serves the same path instead. */
  readonly successor: string;
}

export interface Version {
  /** The first part of the path: `v3`. Empty for paths that carry none. */
  readonly name: string;
  readonly provenance?: Provenance;
  readonly deprecated?: Deprecation;
}

/**
 * Who may call.
 *  - `anyone`: no token is looked at
 *  - `caller`: every logged-in user, about his own things
 *  - `anyOf`: a user with one of these permissions
 *  - `runner`: a device with its own key
 *  - `task`: the bearer of an API Task's token
 *  - `workspace`: the bearer of a key or token of the workspace in the path that holds this grant
 *  - `tool`: the bearer of a tool's token, of a workspace or not
 *  - `credential`: a user whose tool has signed the call
 */
export type Access =
  | 'anyone'
  | 'caller'
  | 'runner'
  | 'task'
  | 'credential'
  | { readonly anyOf: readonly PermissionName[] }
  | WorkspaceAccess
  | { readonly tool: WorkspaceGrant };

export interface WorkspaceAccess {
  /** `any`: whatever the key holds. */
  readonly workspace: WorkspaceGrant | 'any';
  /** Where callers cannot set headers, the key stands in the query. */
  readonly keyInQuery?: true;
  /** What somebody unknown gets. */
  readonly unknown?: 401;
}

/** The kinds of things that a path names. The suite makes one of each and checks that strangers get 404 for it. */
export type ObjectKind =
  | 'queue'
  | 'workItem'
  | 'queueAutomation'
  | 'repositoryEntry'
  | 'repositoryFolder'
  | 'packageVersion'
  | 'user'
  | 'role'
  | 'pool'
  | 'model'
  | 'device'
  | 'run'
  | 'credential'
  | 'credentialValue'
  | 'locker'
  | 'delivery'
  | 'blmJob'
  | 'globalValue'
  | 'schedule'
  | 'calendar'
  | 'trigger'
  | 'triggerMapping'
  | 'workspace'
  | 'accessCredential';

export interface Objects {
  readonly kind: ObjectKind;
  /** `everyone`: whoever has the permission sees all of them. `shared`: only owners and those it is shared with. */
  readonly visibleTo: 'everyone' | 'shared';
}

export interface Call<Params, Query, Body> {
  readonly version: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly facts: CallFacts;
}

/** What is known of a request whoever sent it. */
export interface CallFacts {
  readonly requestId: string;
  readonly address: string;
  /** The token as it came, for the calls that are about tokens. */
  readonly token: string | undefined;
  /** Aborted when the caller hangs up. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** The same for hot paths: a controller and its signal cost 3 µs a request. */
  readonly onHangUp: (listener: () => void) => void;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Path and query as they came. */
  readonly url: string;
  /** The first file of a multipart body. */
  readonly file: () => Promise<UploadedFile>;
  /**
   * All parts of a multipart body in the order in which they come. The stream of a file is read before the next part is asked
   * for, so that nothing of it is held.
   */
  readonly form: () => AsyncGenerator<FormPart>;
}

/** One part of a form: a file, or a field with its text. */
export type FormPart =
  | { readonly kind: 'file'; readonly name: string; readonly file: UploadedFile }
  | { readonly kind: 'field'; readonly name: string; readonly value: string };

export interface UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly stream: NodeJS.ReadableStream;
  /** True once the stream ended because the upload is over the limit. */
  readonly truncated: () => boolean;
}

export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly module: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** Without the version: `/wlm/queues/{id}`. */
  readonly path: string;
  readonly versions: readonly Version[];
  readonly provenance: Provenance;
  readonly access: Access;
  readonly objects?: Readonly<Record<string, Objects>>;
  readonly params?: TObject;
  readonly query?: TObject;
  /** JSON by this schema; `file`: multipart; `bytes`: whatever comes. */
  readonly body?: TSchema | 'file' | 'bytes';
  /** Bytes, where a body may be larger than of others. Who may not send it is refused before any of it is read. */
  readonly bodyLimit?: number;
  /** Asked before the body is read, where who may send it stands in the path. */
  readonly beforeBody?: (params: Readonly<Record<string, string>>, domain: Domain) => Promise<unknown>;
  /** Served without the life cycle of the others (hot-path.ts): one number in the path, a body of bytes, JSON for an answer. */
  readonly hot?: boolean;
  /** A POST that only reads: never stored under an Idempotency-Key. */
  readonly reads?: boolean;
  /** Statuses of refusals beside those that follow from the rest of the declaration. */
  readonly refuses?: readonly number[];
  readonly answer: { readonly status: number; readonly schema?: TSchema; readonly description?: string };
  readonly handle: (call: Call<never, never, never>, domain: Domain) => unknown;
}

type ParamsOf<T> = T extends TSchema ? Static<T> : Record<never, never>;
type BodyOf<T> = T extends TSchema ? Static<T> : T extends 'bytes' ? Buffer : undefined;

interface Declared<
  P extends TObject | undefined,
  Q extends TObject | undefined,
  B extends TSchema | 'file' | 'bytes' | undefined,
> extends Omit<Operation, 'handle' | 'params' | 'query' | 'body' | 'access'> {
  readonly access: Exclude<
    Access,
    'runner' | 'task' | 'credential' | WorkspaceAccess | { readonly tool: WorkspaceGrant }
  >;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (call: Call<ParamsOf<P>, ParamsOf<Q>, BodyOf<B>>, domain: Domain) => unknown;
}

/** Declares an operation of users. Everything else follows from it: routing, checks, documents, metrics, the suite's attacks. */
export function operation<
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TSchema | 'file' | 'bytes' | undefined = undefined,
>(declared: Declared<P, Q, B>): Operation {
  // The declaration's types tie `handle` to its schemas; the table of operations does not care which.
  return declared as unknown as Operation;
}

export interface RunnerCall<Body> extends Omit<Call<unknown, unknown, Body>, 'caller'> {
  readonly runner: RunnerIdentity;
}

/** Declares an operation of runners. */
export function runnerOperation<
  P extends TObject | undefined = undefined,
  B extends TSchema | 'bytes' | undefined = undefined,
>(
  declared: Omit<Declared<P, undefined, B>, 'access' | 'handle' | 'versions' | 'module' | 'provenance'> & {
    readonly handle: (call: RunnerCall<BodyOf<B>> & { readonly params: ParamsOf<P> }, domain: Domain) => unknown;
  },
): Operation {
  return {
    module: 'Runner',
    provenance: 'extension',
    versions: [{ name: '' }],
    access: 'runner',
    ...declared,
  } as unknown as Operation;
}

export interface TaskCall<Params> extends Omit<Call<Params, unknown, Buffer>, 'caller'> {
  readonly task: TaskCaller;
}

/** Declares an operation of those who hold the token of an API Task. The body is the task's business. */
export function taskOperation<P extends TObject>(
  declared: Omit<Declared<P, undefined, 'bytes'>, 'access' | 'handle' | 'body'> & {
    readonly handle: (call: TaskCall<Static<P>>, domain: Domain) => unknown;
  },
): Operation {
  return { access: 'task', body: 'bytes', ...declared } as unknown as Operation;
}

export interface ClientCall<Params, Query, Body> extends Omit<Call<Params, Query, Body>, 'caller'> {
  readonly client: WorkspaceCaller;
}

/** Declares an operation of those who hold a key or a token of a workspace. */
export function workspaceOperation<
  P extends TObject,
  Q extends TObject | undefined = undefined,
  B extends TSchema | 'file' | 'bytes' | undefined = undefined,
>(
  declared: Omit<Declared<P, Q, B>, 'access' | 'handle'> & {
    readonly access: WorkspaceAccess;
    readonly handle: (call: ClientCall<Static<P>, ParamsOf<Q>, BodyOf<B>>, domain: Domain) => unknown;
  },
): Operation {
  return declared as unknown as Operation;
}

/** Declares an operation of tools: by a token, or (to get one) by a signature. */
export function toolOperation<
  A extends 'credential' | { readonly tool: WorkspaceGrant },
  P extends TObject | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(
  declared: Omit<Declared<P, undefined, B>, 'access' | 'handle'> & {
    readonly access: A;
    readonly handle: (
      call: Omit<Call<ParamsOf<P>, unknown, BodyOf<B>>, 'caller'> & {
        readonly tool: A extends 'credential' ? CredentialCaller : ToolCaller;
      },
      domain: Domain,
    ) => unknown;
  },
): Operation {
  return declared as unknown as Operation;
}

/** An answer that is not JSON, or is already. */
export class Content {
  readonly bytes: Buffer | string;
  readonly type: string;
  readonly fileName: string | undefined;

  constructor(bytes: Buffer | string, type: string, fileName?: string) {
    this.bytes = bytes;
    this.type = type;
    this.fileName = fileName;
  }
}

/** An answer that is too large to be held, sent as it is read. */
export class Download {
  readonly stream: Readable;
  readonly type: string;
  readonly fileName: string | undefined;
  /** Bytes, where that is known beforehand. */
  readonly size: number | undefined;

  constructor(stream: Readable, type: string, fileName?: string, size?: number) {
    this.stream = stream;
    this.type = type;
    this.fileName = fileName;
    this.size = size;
  }
}

/** An answer with headers of its own. */
export class Answer {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: unknown, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }
}

/** How the dialects differ in whom they know and how they say no. */
export interface Wire {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** The token of a request, wherever this wire's clients put it. */
  readonly token: (headers: Readonly<Record<string, string | string[] | undefined>>) => string | undefined;
  readonly renderError: (error: {
    code: string;
    message: string;
    details: string;
    remedy: string;
    status: number;
  }) => unknown;
  /** Makes the addresses of clients that write them oddly the declared ones. */
  readonly rewriteUrl?: (url: string) => string;
}
