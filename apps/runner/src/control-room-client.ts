import { Agent, request } from 'undici';
import type { Assignment, Bundle, DeviceFacts, HeldItem, Report } from './protocol.ts';

/** The server said no; trying the same again would not help. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
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

  async takeWork(
    sessionId: string,
    capacity: number,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<readonly Assignment[]> {
    const answer = await this.#call<{ assignments: Assignment[] }>(
      'POST',
      '/runner/v1/work',
      { sessionId, capacity, waitSeconds },
      signal,
    );
    return answer.assignments;
  }

  report(sessionId: string, report: Report): Promise<{ accepted: number; refused: readonly number[] }> {
    return this.#call('POST', '/runner/v1/report', { sessionId, ...report });
  }

  heartbeat(sessionId: string, items: readonly HeldItem[]): Promise<{ live: boolean; lost: readonly number[] }> {
    return this.#call('POST', '/runner/v1/heartbeat', {
      sessionId,
      items: items.map(({ id, version }) => ({ id, version })),
    });
  }

  bundle(fileId: number): Promise<Bundle> {
    return this.#call('GET', `/runner/v1/bundles/${fileId}`);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const response = await request(this.#url + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        'content-type': 'application/json',
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    const text = await response.body.text();
    if (response.statusCode < 300) return (text === '' ? undefined : JSON.parse(text)) as Answer;
    const message = messageOf(text) ?? `The server answered ${response.statusCode}.`;
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
