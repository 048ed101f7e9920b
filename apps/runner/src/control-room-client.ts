import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type {
  Bundle,
  CredentialAnswer,
  CredentialQuestion,
  DeviceFacts,
  HeldItem,
  HeldRun,
  Report,
  RunCommand,
  RunReport,
  RunReportAnswer,
  TakenWork,
} from './protocol.ts';

/** The server said no; trying the same again would not help. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Method = 'GET' | 'POST' | 'PUT';

/** What a heartbeat brings back. */
export interface Pulse {
  /** False: the session is over. */
  readonly live: boolean;
  readonly lost: readonly number[];
  readonly lostRuns: readonly string[];
  readonly commands: readonly RunCommand[];
}

/** The runner's side of the wire. A call that fails for want of the server rejects with what went wrong; who calls tries again. */
export class ControlRoomClient {
  readonly #url: string;
  readonly #agent: Agent;
  #key: string | undefined;

  constructor(url: string) {
    this.#url = url;
    // A held poll answers within its wait; whatever takes longer is a dead connection.
    this.#agent = new Agent({ connections: 8, keepAliveTimeout: 30_000, headersTimeout: 70_000, bodyTimeout: 70_000 });
  }

  useKey(key: string): void {
    this.#key = key;
  }

  register(token: string, device: DeviceFacts): Promise<{ deviceId: number; key: string }> {
    return this.#call('POST', '/runner/v1/register', { token, device });
  }

  openSession(device: DeviceFacts): Promise<{ sessionId: string; heartbeatSeconds: number }> {
    return this.#call('POST', '/runner/v1/sessions', device);
  }

  closeSession(sessionId: string): Promise<void> {
    return this.#call('POST', '/runner/v1/sessions/close', { sessionId });
  }

  /** @param wanted how many items, and whether runs (also those of robots) and commands about them */
  takeWork(
    sessionId: string,
    wanted: { readonly capacity: number; readonly runs: boolean; readonly robots: boolean; readonly globals: string },
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<TakenWork> {
    return this.#call('POST', '/runner/v1/work', { sessionId, ...wanted, waitSeconds }, signal);
  }

  report(sessionId: string, report: Report): Promise<{ accepted: number; refused: readonly number[] }> {
    return this.#call('POST', '/runner/v1/report', { sessionId, ...report });
  }

  reportRuns(sessionId: string, report: RunReport): Promise<RunReportAnswer> {
    return this.#call('POST', '/runner/v1/runs/report', { sessionId, ...report });
  }

  heartbeat(sessionId: string, items: readonly HeldItem[], runs: readonly HeldRun[]): Promise<Pulse> {
    return this.#call('POST', '/runner/v1/heartbeat', {
      sessionId,
      items: items.map(({ id, version }) => ({ id, version })),
      runs: runs.map(({ id, version }) => ({ id, version })),
    });
  }

  bundle(fileId: number): Promise<Bundle> {
    return this.#call('GET', `/runner/v1/bundles/${fileId}`);
  }

  runBundle(runId: string): Promise<Bundle> {
    return this.#call('GET', `/runner/v1/runs/${runId}/bundle`);
  }

  /** The package of a robot. Whoever asks reads it to its end. */
  robot(runId: string, signal: AbortSignal): Promise<Readable> {
    return this.#open('GET', `/runner/v1/robots/${runId}`, undefined, 'application/json', signal);
  }

  credential(
    subject: { readonly run: HeldRun } | { readonly item: HeldItem },
    question: CredentialQuestion,
    signal: AbortSignal,
  ): Promise<CredentialAnswer> {
    return this.#call('POST', '/runner/v1/credentials', { ...subject, ...question }, signal);
  }

  async putArtifact({ id, version }: HeldRun, name: string, content: Buffer): Promise<void> {
    const path = `/runner/v1/runs/${id}/${version}/artifacts/${encodeURIComponent(name)}`;
    await this.#send('PUT', path, content, 'application/octet-stream');
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const text = await this.#send(method, path, sent, 'application/json', signal);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  async #send(
    method: Method,
    path: string,
    body: string | Buffer | undefined,
    type: string,
    signal?: AbortSignal,
  ): Promise<string> {
    return (await this.#open(method, path, body, type, signal)).text();
  }

  async #open(
    method: Method,
    path: string,
    body: string | Buffer | undefined,
    type: string,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData['body']> {
    const response = await request(this.#url + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        'content-type': type,
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
      },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    if (response.statusCode < 300) return response.body;
    const message = messageOf(await response.body.text()) ?? `The server answered ${response.statusCode}.`;
    if (response.statusCode >= 400 && response.statusCode < 500 && response.statusCode !== 429)
      throw new Refused(response.statusCode, message);
    throw new Error(message);
  }
}

function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
