/**
 * The catalogue of everything that can be refused. An error is thrown by name, with the words for this case; each wire
 * renders it its own way. `code` is stable and documented in docs/reference/errors.md; `remedy` says how to mend it.
 *
 * Source of the two UM codes: contract a §1.6 [client]; all others are our own (contract a §15 no. 1).
 */
export interface ErrorKind {
  readonly code: string;
  readonly status: number;
  readonly remedy: string;
}

const kinds = {
  bodyNotReadable: { code: 'REQUEST.BODY', status: 400, remedy: 'Send the body as JSON.' },
  invalid: { code: 'REQUEST.INVALID', status: 400, remedy: 'Correct the named field and send the request again.' },
  tooLarge: { code: 'REQUEST.TOO_LARGE', status: 413, remedy: 'Send less at once; the limit is in the message.' },
  unauthenticated: { code: 'UM1110', status: 401, remedy: 'Log in again and send the new token in X-Authorization.' },
  sessionReplaced: {
    code: 'UM1114',
    status: 401,
    remedy: 'The user has logged in elsewhere. Log in again, or use multipleLogin where the user may.',
  },
  tooManyFailures: { code: 'UM1429', status: 429, remedy: 'Wait for the time in Retry-After, then try again.' },
  forbidden: {
    code: 'ACCESS.FORBIDDEN',
    status: 403,
    remedy: 'Ask an administrator for a role with the named permission.',
  },
  notFound: { code: 'NOT_FOUND', status: 404, remedy: 'Check the id; what you may not see counts as absent.' },
  unknownPath: { code: 'PATH.UNKNOWN', status: 404, remedy: 'See /docs for the paths that this server knows.' },
  conflict: { code: 'CONFLICT', status: 409, remedy: 'Read the present state and decide again.' },
  duplicate: { code: 'DUPLICATE', status: 409, remedy: 'Choose another name or value, or use what is there.' },
  staleVersion: {
    code: 'VERSION.STALE',
    status: 409,
    remedy: 'Read it again and repeat the change on its present version.',
  },
  locked: {
    code: 'REPOSITORY.LOCKED',
    status: 409,
    remedy: 'Wait until it is checked in, or let somebody with repositorymanager.forceunlock take the lock away.',
  },
  keyReused: {
    code: 'IDEMPOTENCY.REUSED',
    status: 422,
    remedy: 'Use a new Idempotency-Key for another request.',
  },
  precondition: {
    code: 'PRECONDITION',
    status: 412,
    remedy: 'Try again later, or let the request wait in the queue where it can.',
  },
  apiTaskBusy: {
    code: 'API_TASK.BUSY',
    status: 429,
    remedy: 'Try again after Retry-After, or raise the concurrencyLimit of the allocation.',
  },
  apiTaskFailed: {
    code: 'API_TASK.FAILED',
    status: 500,
    remedy: 'Look at the named line of the bot; the run is in the activity record.',
  },
  apiTaskTimedOut: {
    code: 'API_TASK.TIMED_OUT',
    status: 504,
    remedy: 'Make the bot quicker, or deploy it on demand, where it may take longer.',
  },
  tooManyJobs: {
    code: 'BLM.TOO_MANY',
    status: 429,
    remedy: 'Wait until one of them has ended, then try again.',
  },
  vaultLocked: {
    code: 'VAULT.LOCKED',
    status: 503,
    remedy: 'An administrator enters the private key at this server: PUT /v2/credentialvault/keys/private.',
  },
  vaultKeyService: {
    code: 'VAULT.KEY_SERVICE',
    status: 503,
    remedy: 'Look at the key service, its address, its token and its key; try again in a moment.',
  },
  vaultTampered: {
    code: 'VAULT.TAMPERED',
    status: 500,
    remedy: 'Set the value anew, and find out who else writes to the database.',
  },
  unavailable: { code: 'UNAVAILABLE', status: 503, remedy: 'Try again in a moment.' },
  internal: {
    code: 'INTERNAL',
    status: 500,
    remedy: 'Try again; if it stays, look up the request id in the server log.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorName = keyof typeof kinds;

/** A refusal on its way to the caller. `message` is for people; `details` may hold what was expected and what came. */
export class SignalboxError extends Error {
  readonly kind: ErrorName;
  readonly code: string;
  readonly status: number;
  readonly remedy: string;
  readonly details: string;
  /** Seconds after which another try makes sense, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ErrorName,
    message: string,
    extra: { details?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'SignalboxError';
    this.kind = kind;
    this.code = kinds[kind].code;
    this.status = kinds[kind].status;
    this.remedy = kinds[kind].remedy;
    this.details = extra.details ?? '';
    this.retryAfter = extra.retryAfter;
  }
}

/** `throw error('notFound', 'No queue with id 7.')` */
export function error(
  kind: ErrorName,
  message: string,
  extra?: { details?: string; retryAfter?: number; cause?: unknown },
): SignalboxError {
  return new SignalboxError(kind, message, extra);
}

/** The catalogue itself, for the reference page. */
export function errorCatalogue(): readonly (ErrorKind & { readonly name: ErrorName })[] {
  return Object.entries(kinds).map(([name, kind]) => ({ name: name as ErrorName, ...kind }));
}
