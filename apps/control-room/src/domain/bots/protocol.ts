import type { Problem } from '@signalbox/taskbot';

/* What a thread that runs bots and the server say to each other. */

/** A bot with all the bots it calls, as a thread loads them. */
export interface BotFiles {
  readonly path: string;
  /** Over all contents: another hash means another bot. */
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** Where a bot shall be able to run: the actions that need a device are problems for `anywhere`. */
export type Target = 'anywhere' | 'device';

/** A credential as a bot names it. */
export interface CredentialRequest {
  readonly name: string;
  readonly lockerName: string;
  readonly attributeName: string;
}

/** Its value, or why there is none. */
export type CredentialAnswer = { readonly value: string; readonly masked: boolean } | { readonly problem: string };

/** Typed values by name, which all bots share. */
export type GlobalValues = Readonly<Record<string, unknown>>;

/** What every run of a thread sees, whoever calls. */
export interface Surroundings {
  readonly controlRoom: string;
  readonly outgoing: OutgoingSettings;
}

/** Whom bots may call from here: `public`, `private`, `loopback`, or networks such as 10.1.0.0/16. */
export interface OutgoingSettings {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Never, whatever is allowed: the server's own database. */
  readonly denyEndpoints: readonly { readonly address: string; readonly port: number }[];
}

/** One run, as a thread sees it. */
export interface ThreadCall {
  /** The place in the thread's table of states. */
  readonly slot: number;
  readonly runId: string;
  readonly userName: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** The request's body as it came. */
  readonly body: string;
}

/**
 * Runs on their way to a thread, one after the other in a flat list: an object for each of them costs twice as much to
 * carry across (measured: 16 callers, 2 cores).
 */
export type PackedCalls = (string | number)[];

export function packCall(into: PackedCalls, { slot, runId, userName, deadline, body }: ThreadCall): void {
  into.push(slot, deadline, runId, userName, body);
}

export function unpackCalls(packed: PackedCalls): ThreadCall[] {
  const calls: ThreadCall[] = [];
  for (let at = 0; at < packed.length; at += 5) {
    const [slot, deadline, runId, userName, body] = packed.slice(at, at + 5) as [
      number,
      number,
      string,
      string,
      string,
    ];
    calls.push({ slot, deadline, runId, userName, body });
  }
  return calls;
}

/** A list holds calls; everything else says what it is. */
export type ToThread =
  | PackedCalls
  | { readonly type: 'check'; readonly request: number; readonly bot: BotFiles; readonly target: Target }
  | { readonly type: 'load'; readonly request: number; readonly bot: BotFiles }
  /** From now on; a run that is under way keeps what it began with. */
  | { readonly type: 'globals'; readonly values: GlobalValues }
  | { readonly type: 'credential'; readonly request: number; readonly answer: CredentialAnswer }
  | { readonly type: 'stop'; readonly slot: number; readonly reason: string };

/** How a run ended. `answer` is JSON, made in the thread so that the server need not. */
export type RunOutcome =
  | { readonly kind: 'completed'; readonly answer: string }
  /** The inputs cannot be read: nothing ran. */
  | { readonly kind: 'refused'; readonly code: 'body' | 'value'; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly reason: 'error' | 'stopped' | 'deadline' | 'steps';
      readonly message: string;
      readonly line: number;
      readonly botPath: string;
    };

export interface ThreadAnswer {
  readonly slot: number;
  /** Undefined for a call that was taken back before it began. */
  readonly outcome: RunOutcome | undefined;
}

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'checked'; readonly request: number; readonly problems: readonly Problem[] }
  | {
      readonly type: 'credential';
      readonly request: number;
      readonly slot: number;
      readonly wanted: CredentialRequest;
    }
  | PackedAnswers;

/**
 * How long the thread worked for them in milliseconds, its memory in bytes (0 when it was not looked at), then slot and outcome
 * of each: a text is the answer of a completed run, null a call that was taken back before it began.
 */
export type PackedAnswers = (number | string | null | RunOutcome)[];

export function packAnswers(answers: readonly ThreadAnswer[], busyMs: number, memory: number): PackedAnswers {
  const packed: PackedAnswers = [busyMs, memory];
  for (const { slot, outcome } of answers) {
    packed.push(slot, outcome === undefined ? null : outcome.kind === 'completed' ? outcome.answer : outcome);
  }
  return packed;
}

export function unpackAnswers(packed: PackedAnswers): {
  readonly answers: readonly ThreadAnswer[];
  readonly busyMs: number;
  readonly memory: number;
} {
  const answers: ThreadAnswer[] = [];
  for (let at = 2; at < packed.length; at += 2) {
    const outcome = packed[at + 1] as string | null | RunOutcome;
    answers.push({
      slot: packed[at] as number,
      outcome:
        outcome === null ? undefined : typeof outcome === 'string' ? { kind: 'completed', answer: outcome } : outcome,
    });
  }
  return { answers, busyMs: packed[0] as number, memory: packed[1] as number };
}

/** The life of a place in the table that a thread and the server share: who changes it first has the call. */
export const SLOT = { free: 0, sent: 1, begun: 2, takenBack: 3 } as const;
/** How many calls a thread may have at once, one of them running. */
export const SLOTS = 32;

export interface ThreadData {
  readonly states: SharedArrayBuffer;
  readonly surroundings: Surroundings;
  /** Where compiled JavaScript is kept between starts; undefined keeps none. */
  readonly cacheFolder: string | undefined;
}
