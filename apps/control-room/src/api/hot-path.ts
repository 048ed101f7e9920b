import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Domain } from '../domain/index.ts';
import { error, type SignalboxError } from '../kernel/errors.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { CallFacts, Content, Operation, Wire } from './operation.ts';

/**
 * Serves the operations that are declared `hot` without Fastify's life cycle. Its hooks, parsers and reply cost a call 28 µs of
 * the one thread that serves HTTP where these lines cost about half (measured: 16 callers, 2 cores), and an API Task has
 * nothing of it to use: no schema to check its body by, no headers of browsers, no deprecations. The declaration is the same as of
 * all operations, and so are the order of checks, errors and metrics; Fastify has the route as well, for the documents.
 */
export interface HotPath {
  /** True when the request was one of these; it is answered then. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface HotPathOptions {
  readonly wires: readonly Wire[];
  readonly domain: Domain;
  readonly metrics: Metrics;
  readonly bodyLimit: number;
  readonly admit: (operation: Operation, token: string | undefined) => Promise<object>;
  readonly toError: (cause: unknown, requestId: string, operation: string) => SignalboxError;
}

interface Route {
  readonly wire: Wire;
  readonly operation: Operation;
  /** What stands before and behind the one number in the path. */
  readonly before: string;
  readonly behind: string;
  readonly parameter: string;
}

const HEADERS = [
  'Content-Type',
  'application/json; charset=utf-8',
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
];

export function createHotPath(options: HotPathOptions): HotPath {
  const { domain, metrics, bodyLimit, admit, toError } = options;
  const routes = options.wires.flatMap((wire) =>
    wire.operations.filter(({ hot }) => hot === true).map((operation) => routeOf(wire, operation)),
  );
  let requests = 0;

  async function answer(route: Route, id: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { wire, operation, parameter } = route;
    const began = performance.now();
    const requestId = `hot-${++requests}`;
    let status = operation.answer.status;
    try {
      const token = wire.token(request.headers);
      const known = operation.access === 'task' && token !== undefined ? domain.identity.peekTask(token) : undefined;
      const who = known === undefined ? await admit(operation, token) : { task: known };
      const body = await bodyOf(request, bodyLimit);
      const facts = factsOf(request, response, requestId, token);
      const call = { version: '', params: { [parameter]: id }, query: {}, body, ...who, facts };
      const content = (await operation.handle(call as never, domain)) as Content;
      send(response, status, HEADERS, content.bytes);
    } catch (cause) {
      const failure = toError(cause, requestId, operation.name);
      status = failure.status;
      const { code, message, details, remedy, retryAfter } = failure;
      const headers = [...HEADERS];
      if (status === 401) headers.push('WWW-Authenticate', 'Bearer');
      if (retryAfter !== undefined) headers.push('Retry-After', String(Math.ceil(retryAfter)));
      // A body that was not read to its end would be taken for the next request.
      if (!request.complete) headers.push('Connection', 'close');
      send(response, status, headers, JSON.stringify(wire.renderError({ code, message, details, remedy, status })));
    }
    metrics.observeHttp({
      operation: operation.name,
      method: operation.method,
      status,
      seconds: (performance.now() - began) / 1000,
    });
  }

  return {
    serve(request, response) {
      const { url = '', method } = request;
      for (const route of routes) {
        if (method !== route.operation.method) continue;
        const id = numberIn(url, route);
        if (id === undefined) continue;
        void answer(route, id, request, response);
        return true;
      }
      return false;
    },
  };
}

function routeOf(wire: Wire, operation: Operation): Route {
  const [, before, parameter, behind] = /^([^{]*)\{(\w+)\}([^{]*)$/.exec(operation.path) ?? [];
  if (before === undefined || parameter === undefined || behind === undefined) {
    throw new Error(`${operation.name} is declared hot, but its path has not exactly one parameter.`);
  }
  return { wire, operation, before, behind, parameter };
}

/** The number where the path has its parameter. Any other spelling of the path goes the ordinary way. */
function numberIn(url: string, { before, behind }: Route): number | undefined {
  if (!url.startsWith(before) || !url.endsWith(behind)) return undefined;
  const digits = url.slice(before.length, url.length - behind.length);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks = [];
        request.pause();
        reject(error('tooLarge', `The body is larger than ${limit} bytes.`));
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function factsOf(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  token: string | undefined,
): Pick<CallFacts, 'requestId' | 'address' | 'token' | 'headers' | 'onHangUp'> {
  return {
    requestId,
    address: request.socket.remoteAddress ?? '',
    token,
    headers: request.headers,
    onHangUp: (listener) => {
      response.once('close', () => {
        if (!response.writableFinished) listener();
      });
    },
  };
}

function send(response: ServerResponse, status: number, headers: string[], body: string | Buffer): void {
  if (response.destroyed) return;
  response.writeHead(status, [...headers, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}
