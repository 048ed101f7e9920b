import { createServer as createHttpServer } from 'node:http';
import multipart from '@fastify/multipart';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Actor } from '../domain/audit/index.ts';
import type { Domain } from '../domain/index.ts';
import { error, SignalboxError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type Admitted, admit, nameOf } from './admission.ts';
import { createHotPath } from './hot-path.ts';
import { describeRoute } from './openapi.ts';
import {
  Answer,
  type Call,
  type CallFacts,
  Content,
  Download,
  type FormPart,
  type Operation,
  type UploadedFile,
  type Version,
  type Wire,
} from './operation.ts';
import { createReader, type Reader, readJson } from './tolerance.ts';

/** JSON bodies and file contents; multipart uploads have a limit of their own and are streamed. */
const BODY_LIMIT = 32 * 1024 * 1024;

export interface ServerOptions {
  readonly domain: Domain;
  readonly wires: readonly Wire[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly maxUploadBytes: number;
}

/** Puts every declared operation of every wire on one HTTP server. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const hotPath = createHotPath({
    ...options,
    bodyLimit: BODY_LIMIT,
    admit: (operation, token) => admit(operation, token, options.domain),
    toError: (cause, requestId, operation) => toSignalboxError(cause, { id: requestId, operation }, options.log),
  });
  const app: FastifyInstance = fastify({
    serverFactory: (handler) =>
      createHttpServer((request, response) => {
        if (!hotPath.serve(request, response)) handler(request, response);
      }),
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4_000 },
    // Clients join URLs as texts: `//v2/…` is `/v2/…` (contract a §1.1).
    rewriteUrl: (request) =>
      options.wires.reduce((url, wire) => wire.rewriteUrl?.(url) ?? url, collapseSlashes(request.url ?? '/')),
    // A held long poll must not stop the server from closing.
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.removeAllContentTypeParsers();
  // Bytes whatever the Content-Type says: the operation knows what it reads. A streamed body is left alone.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  await app.register(multipart, {
    limits: { fileSize: options.maxUploadBytes, files: 1, parts: 20 },
    throwFileSizeLimit: false,
  });

  app.addHook('onRequest', async (request, reply) => {
    if (!request.headers['content-type']?.startsWith('multipart/form-data')) {
      request.headers['content-type'] = 'application/octet-stream';
    }
    reply.headers(STANDARD_HEADERS);
  });
  app.addHook('onResponse', async (request, reply) => {
    options.metrics.observeHttp({
      operation: request.routeOptions.config?.operation ?? 'unknown',
      method: request.method,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
  });

  const fallback = options.wires[0];
  const wireOf = (request: FastifyRequest): Wire | undefined => request.routeOptions.config?.wire ?? fallback;
  app.setNotFoundHandler((request, reply) => {
    sendError(
      reply,
      wireOf(request),
      error('unknownPath', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`),
    );
  });
  app.setErrorHandler((cause, request, reply) => {
    sendError(
      reply,
      wireOf(request),
      toSignalboxError(cause, { id: request.id, operation: request.routeOptions.config?.operation }, options.log),
    );
  });

  return app;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: string;
    wire?: Wire;
  }
}

/** Contract b §0.3. `/docs` overrides the policy for its own page. */
const STANDARD_HEADERS = {
  'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
  Pragma: 'no-cache',
  Expires: '0',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'X-XSS-Protection': '1; mode=block',
  'Content-Security-Policy': "default-src 'self'",
};

function collapseSlashes(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') + (end < 0 ? '' : url.slice(end)) : url;
}

/** Routes one operation under each version that serves it. */
export function mount(app: FastifyInstance, wire: Wire, operation: Operation, domain: Domain): void {
  const readers = {
    params: operation.params && createReader(operation.params),
    query: operation.query && createReader(operation.query),
    body: typeof operation.body === 'object' ? createReader(operation.body) : undefined,
  };
  /** A body that is larger than others is not held for whoever may not send it. */
  const refuseEarly = async (request: FastifyRequest): Promise<void> => {
    await admit(operation, wire.token(request.headers), domain, { request, onKnown: () => {} });
    await operation.beforeBody?.(request.params as Record<string, string>, domain); // Texts, as of every path.
  };
  for (const version of operation.versions) {
    const path = pathOf(operation, version);
    app.route({
      method: operation.method,
      url: path.replace(/\{(\w+)\}/g, ':$1'),
      ...(operation.bodyLimit === undefined ? {} : { bodyLimit: operation.bodyLimit, onRequest: refuseEarly }),
      schema: describeRoute(operation, version),
      config: { operation: operation.name, wire },
      handler: async (request, reply) => {
        deprecationHeaders(reply, version, request.url);
        return handle(request, reply, { wire, operation, version, readers, domain });
      },
    });
  }
}

export function pathOf(operation: Operation, version: Version): string {
  return version.name === '' ? operation.path : `/${version.name}${operation.path}`;
}

interface Mounted {
  readonly wire: Wire;
  readonly operation: Operation;
  readonly version: Version;
  readonly readers: {
    readonly params: Reader | undefined;
    readonly query: Reader | undefined;
    readonly body: Reader | undefined;
  };
  readonly domain: Domain;
}

async function handle(request: FastifyRequest, reply: FastifyReply, mounted: Mounted): Promise<unknown> {
  const { wire, operation, domain } = mounted;
  const token = wire.token(request.headers);
  const known: { actor?: Actor } = {};
  try {
    const who = await admit(operation, token, domain, {
      request,
      onKnown: (actor) => {
        known.actor = actor;
      },
    });
    return await domain.during({ requestId: request.id, address: request.ip }, () =>
      perform(request, reply, mounted, token, who),
    );
  } catch (cause) {
    const { actor } = known;
    if (actor && !operation.reads && operation.method !== 'GET' && cause instanceof SignalboxError) {
      await domain.during({ requestId: request.id, address: request.ip }, () =>
        domain.auditLog.refusals.record(actor, {
          operation: operation.name,
          objects: request.params as Record<string, string>,
          code: cause.code,
          status: cause.status,
        }),
      );
    }
    throw cause;
  }
}

async function perform(
  request: FastifyRequest,
  reply: FastifyReply,
  { operation, version, readers, domain }: Mounted,
  token: string | undefined,
  who: Admitted,
): Promise<unknown> {
  const parsed = operation.body === 'bytes' ? (request.body ?? Buffer.alloc(0)) : readJsonBody(operation, request);

  const call = {
    version: version.name,
    params: readers.params?.(request.params, 'path') ?? {},
    query: readers.query?.(request.query, 'query') ?? {},
    body: readers.body ? readers.body(parsed, 'body') : parsed,
    ...who,
    facts: new Facts(request, reply, token),
  } as unknown as Call<never, never, never>;

  const key = request.headers['idempotency-key'];
  const repeatable = typeof key === 'string' && key !== '' && !operation.reads && operation.access !== 'anyone';
  if (!repeatable || (operation.method !== 'POST' && operation.method !== 'PUT')) {
    return send(reply, operation, await operation.handle(call, domain));
  }

  const kept = await domain.once(nameOf(who), key, fingerprint(request), async () => {
    const body = await operation.handle(call, domain);
    return { status: operation.answer.status, body: body === undefined ? '' : JSON.stringify(body) };
  });
  if (kept.repeated) reply.header('Idempotency-Replayed', 'true');
  reply.status(kept.status);
  return kept.body === '' ? reply.send() : reply.type('application/json; charset=utf-8').send(kept.body);
}

function readJsonBody(operation: Operation, request: FastifyRequest): unknown {
  if (operation.body === undefined || operation.body === 'file') return undefined;
  return readJson(request.body as Buffer | undefined);
}

/** A class, for a literal with a getter makes V8 a new shape at each request: measured, half of the throughput went into that. */
class Facts implements CallFacts {
  // Own members: whoever spreads the facts into a record keeps them.
  readonly requestId: string;
  readonly address: string;
  readonly token: string | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #signal: AbortSignal | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, token: string | undefined) {
    this.#request = request;
    this.#reply = reply;
    this.requestId = request.id;
    this.address = request.ip;
    this.token = token;
  }

  get headers(): CallFacts['headers'] {
    return this.#request.headers;
  }

  get url(): string {
    return this.#request.originalUrl;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const gone = new AbortController();
      this.#signal = gone.signal;
      this.onHangUp(() => gone.abort());
    }
    return this.#signal;
  }

  onHangUp(listener: () => void): void {
    const { raw } = this.#reply;
    raw.once('close', () => {
      if (!raw.writableFinished) listener();
    });
  }

  file(): Promise<UploadedFile> {
    return uploadedFile(this.#request);
  }

  form(): AsyncGenerator<FormPart> {
    return partsOf(this.#request);
  }
}

async function* partsOf(request: FastifyRequest): AsyncGenerator<FormPart> {
  if (!request.isMultipart()) throw error('invalid', 'The request must come as multipart/form-data.');
  for await (const part of request.parts()) {
    const name = part.fieldname;
    if (part.type === 'file') {
      const { file: stream, filename, mimetype } = part;
      yield {
        kind: 'file',
        name,
        file: { name: filename ?? '', type: mimetype, stream, truncated: () => stream.truncated },
      };
      continue;
    }
    // A field that says it is JSON arrives parsed.
    const value = typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? '');
    if (part.valueTruncated || value.includes('\0'))
      throw error('invalid', `The part "${name}" of the form cannot be read.`);
    yield { kind: 'field', name, value };
  }
}

async function uploadedFile(request: FastifyRequest): Promise<UploadedFile> {
  if (!request.isMultipart()) {
    throw error('invalid', 'The file must come as multipart/form-data.', {
      details: 'expected one part with a file in it, named "file"',
    });
  }
  const part = await request.file();
  if (!part)
    throw error('invalid', 'The form holds no file.', { details: 'expected one part with a file in it, named "file"' });
  return { name: part.filename, type: part.mimetype, stream: part.file, truncated: () => part.file.truncated };
}

function send(reply: FastifyReply, operation: Operation, answer: unknown): unknown {
  if (answer instanceof Answer) return send(reply.headers(answer.headers), operation, answer.body);
  if (answer instanceof Content || answer instanceof Download) {
    if (answer.fileName !== undefined) {
      reply.header('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(answer.fileName)}`);
    }
    if (answer instanceof Download && answer.size !== undefined) reply.header('Content-Length', answer.size);
    // What users upload is theirs: it is never run by a browser in this server's name.
    const content = answer instanceof Content ? answer.bytes : answer.stream;
    return reply.status(operation.answer.status).type(answer.type).send(content);
  }
  reply.status(operation.answer.status);
  if (answer === undefined) return reply.send();
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
}

/** What makes two requests the same. Of a streamed upload only its length is known beforehand. */
function fingerprint(request: FastifyRequest): Buffer {
  const body =
    request.body instanceof Buffer ? request.body : Buffer.from(String(request.headers['content-length'] ?? ''));
  return Buffer.concat([Buffer.from(`${request.method} ${request.url}\n`), body]);
}

/** RFC 9745, RFC 8594 and RFC 8288, from the declaration. */
function deprecationHeaders(reply: FastifyReply, version: Version, url: string): void {
  const { deprecated } = version;
  if (!deprecated) return;
  const [path = ''] = url.split('?');
  reply.header('Deprecation', `@${Date.parse(deprecated.since) / 1000}`);
  if (deprecated.endOfLife !== undefined) reply.header('Sunset', new Date(deprecated.endOfLife).toUTCString());
  reply.header('Link', `<${path.replace(`/${version.name}/`, `/${deprecated.successor}/`)}>; rel="successor-version"`);
}

function toSignalboxError(
  cause: unknown,
  request: { readonly id: string; readonly operation: string | undefined },
  log: Logger,
): SignalboxError {
  if (cause instanceof SignalboxError) return cause;
  const { code, statusCode, message } = cause as { code?: string; statusCode?: number; message?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return error('tooLarge', `The body is larger than this call takes: ${BODY_LIMIT} bytes, unless it says otherwise.`);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return error('invalid', message ?? 'The request is not well formed.');
  log.error(
    { err: cause, requestId: request.id, operation: request.operation },
    'A request failed for a reason that is ours.',
  );
  return error('internal', 'Something went wrong in the server.', { details: `request ${request.id}` });
}

function sendError(reply: FastifyReply, wire: Wire | undefined, failure: SignalboxError): void {
  if (failure.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  if (failure.retryAfter !== undefined) reply.header('Retry-After', String(Math.ceil(failure.retryAfter)));
  const { code, message, details, remedy, status } = failure;
  reply
    .status(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(wire?.renderError({ code, message, details, remedy, status }) ?? { code, message, details }));
}
