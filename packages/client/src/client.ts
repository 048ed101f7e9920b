/** A refusal of the server, as its wire has it: `code`, `message`, `details`. */
export class ControlRoomError extends Error {
  override readonly name = 'ControlRoomError';
  readonly status: number;
  readonly code: string;
  readonly details: string;

  constructor(status: number, body: { readonly code?: string; readonly message?: string; readonly details?: string }) {
    super(body.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body.code ?? '';
    this.details = body.details ?? '';
  }
}

export interface LogIn {
  readonly url: string;
  readonly username: string;
  readonly password?: string;
  readonly apiKey?: string;
}

export interface ListRequest {
  readonly filter?: object;
  readonly sort?: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  readonly page?: { readonly offset?: number; readonly length?: number };
  readonly fields?: readonly string[];
}

export interface ListAnswer<Item> {
  readonly list: Item[];
  readonly page: { readonly offset: number; readonly total: number; readonly totalFilter: number };
}

/** A work item as `/v3/wlm` shows it; the slots `col1` … `col21` and the rest are there as well. */
export interface WorkItem {
  readonly id: number;
  readonly queueId: number;
  readonly status: string;
  readonly version: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly error: string;
  readonly output: Readonly<Record<string, unknown>> | null;
}

export interface LoadReceipt {
  readonly read: number;
  readonly loaded: number;
  readonly wrong: number;
  readonly duplicate: number;
  readonly faults: readonly { readonly row: number; readonly reason: string }[];
}

export interface QueueExplanation {
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  readonly explanation: { readonly reason: string; readonly text: string; readonly next: string | null };
}

/**
 * A client of the Automation Anywhere wire and of our extensions. It works against any server that speaks them; `call`
 * reaches what has no method of its own. A token that has run out is fetched anew.
 */
export class Client {
  readonly #logIn: LogIn;
  #token: string | undefined;

  constructor(logIn: LogIn) {
    this.#logIn = logIn;
  }

  /**
   * @param body JSON, or a form or bytes (Blob) as they are
   * @throws ControlRoomError for every answer of 400 and above
   */
  async call<Answer>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    this.#token ??= await this.#fetchToken();
    let response = await this.#send(method, path, body);
    if (response.status === 401) {
      this.#token = await this.#fetchToken();
      response = await this.#send(method, path, body);
    }
    return read<Answer>(response);
  }

  createModel(model: {
    readonly name: string;
    readonly attributes: readonly {
      readonly name: string;
      readonly type: 'TEXT' | 'NUMBER' | 'DATE' | 'BOOLEAN';
      readonly isRequired?: boolean;
    }[];
  }): Promise<{ readonly id: number; readonly name: string }> {
    return this.call('POST', '/v4/wlm/workitemmodels', model);
  }

  createQueue(queue: {
    readonly name: string;
    readonly workItemModelId: number;
    readonly [setting: string]: unknown;
  }): Promise<{ readonly id: number; readonly name: string }> {
    return this.call('POST', '/v4/wlm/queues', queue);
  }

  /** @returns the items as they now are, in the order of the payloads */
  async addItems(queueId: number, payloads: readonly Readonly<Record<string, unknown>>[]): Promise<WorkItem[]> {
    const workItems = payloads.map((json) => ({ json }));
    return (await this.call<{ list: WorkItem[] }>('POST', `/v3/wlm/queues/${queueId}/workitems`, { workItems })).list;
  }

  listItems(queueId: number, request: ListRequest = {}): Promise<ListAnswer<WorkItem>> {
    return this.call('POST', `/v3/wlm/queues/${queueId}/workitems/list`, request);
  }

  /** CSV or XLSX, the columns of the model in the first row. */
  loadFile(queueId: number, file: Blob, name = 'items.csv'): Promise<LoadReceipt> {
    const form = new FormData();
    form.set('file', file, name);
    return this.call('POST', `/v4/wlm/queues/${queueId}/file`, form);
  }

  explainQueue(queueId: number): Promise<QueueExplanation> {
    return this.call('GET', `/signalbox/v1/explain/queues/${queueId}`);
  }

  async #fetchToken(): Promise<string> {
    const { url, ...who } = this.#logIn;
    const response = await fetch(`${url}/v2/authentication`, {
      method: 'POST',
      body: JSON.stringify({ ...who, multipleLogin: true }),
    });
    return (await read<{ token: string }>(response)).token;
  }

  #send(method: string, path: string, body: unknown): Promise<Response> {
    return fetch(this.#logIn.url + path, {
      method,
      headers: { 'x-authorization': this.#token ?? '' },
      ...(body === undefined
        ? {}
        : { body: body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body) }),
    });
  }
}

async function read<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = parse(text);
  if (response.status >= 400) throw new ControlRoomError(response.status, (body ?? {}) as object);
  return body as Answer;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
