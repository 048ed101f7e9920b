import type { ZonedDateTime } from '@js-joda/core';
import type { SizeLimits } from './size-limits.ts';
import type { Store } from './store.ts';
import type {
  BotCredential,
  BotDictionary,
  BotList,
  BotOpaque,
  BotRecord,
  BotSession,
  BotTable,
  BotValue,
  ValueType,
} from './value.ts';

/**
 * How a package says what it offers. One action (condition, iterator, function) is one file holding one declaration:
 * attributes with their types, what comes back, where it may run, then the code. The loader's checks, the catalogue and
 * the reference page are made from these.
 */

/** Where an action may run: `anywhere` also inside an API Task (the vendor's HEADLESS), `device` only on a runner. */
export type RunsOn = 'anywhere' | 'device';

interface AttributeOptions {
  /** Must be given and not empty. */
  readonly required?: boolean;
  /** Other names under which real documents carry it. */
  readonly alias?: readonly string[];
  readonly note?: string;
}

/** One attribute of an action. `T` is what `run` gets: already evaluated, converted, defaulted. */
export interface Attribute<T> extends AttributeOptions {
  readonly type: ValueType;
  readonly options?: readonly string[];
  readonly fallback?: T;
  /** Called with what the bot gave, already of `type`; not called when the document lacks the attribute or has it empty. */
  readonly convert?: (value: BotValue) => T;
  /** Phantom: what `run` receives. */
  readonly receives?: T;
}

export type Attributes = Readonly<Record<string, Attribute<unknown>>>;

/** The object that `run` receives: a member for each attribute. */
export type InputOf<A extends Attributes> = { readonly [K in keyof A]: A[K] extends Attribute<infer T> ? T : never };

/** Builders. A missing optional attribute arrives as its fallback. */
export const attribute = {
  text: (o: AttributeOptions & { fallback?: string } = {}): Attribute<string> => ({
    type: 'STRING',
    fallback: '',
    ...o,
  }),
  number: <F extends number | undefined = undefined>(
    o: AttributeOptions & { fallback?: F } = {},
  ): Attribute<F extends number ? number : number | undefined> =>
    ({ type: 'NUMBER', ...o }) as Attribute<F extends number ? number : number | undefined>,
  /** Takes a real Boolean and the strings "true"/"false" of older packages. */
  flag: (o: AttributeOptions & { fallback?: boolean } = {}): Attribute<boolean> => ({
    type: 'BOOLEAN',
    fallback: false,
    ...o,
  }),
  /** One of a closed set of words; compared without letter case, arrives as declared. */
  choice: <const W extends readonly string[]>(
    words: W,
    o: AttributeOptions & { fallback?: W[number] } = {},
  ): Attribute<W[number]> => ({
    type: 'STRING',
    options: words,
    fallback: (o.fallback ?? words[0]) as W[number],
    ...o,
  }),
  /** A path on the device: `file://` prefix and percent-encoding already taken off. */
  file: (o: AttributeOptions = {}): Attribute<string> => ({ type: 'FILE', fallback: '', ...o }),
  dateTime: (o: AttributeOptions = {}): Attribute<ZonedDateTime | undefined> => ({ type: 'DATETIME', ...o }),
  list: (o: AttributeOptions = {}): Attribute<BotList> => ({ type: 'LIST', ...o }) as Attribute<BotList>,
  dictionary: (o: AttributeOptions = {}): Attribute<BotDictionary> =>
    ({ type: 'DICTIONARY', ...o }) as Attribute<BotDictionary>,
  record: (o: AttributeOptions = {}): Attribute<BotRecord> => ({ type: 'RECORD', ...o }) as Attribute<BotRecord>,
  table: (o: AttributeOptions = {}): Attribute<BotTable> => ({ type: 'TABLE', ...o }) as Attribute<BotTable>,
  session: (o: AttributeOptions = {}): Attribute<BotSession> => ({ type: 'SESSION', ...o }) as Attribute<BotSession>,
  credential: (o: AttributeOptions = {}): Attribute<BotCredential | string> =>
    ({ type: 'CREDENTIAL', ...o }) as Attribute<BotCredential | string>,
  /** What only a desktop or a browser knows: WINDOW, UIOBJECT, REGION … */
  opaque: (type: ValueType, o: AttributeOptions = {}): Attribute<BotOpaque | undefined> => ({ type, ...o }),
  any: (o: AttributeOptions = {}): Attribute<BotValue> =>
    ({ type: 'ANY', fallback: null, ...o }) as Attribute<BotValue>,
  /** A set of the bot's variables by name (VARIABLEMAP). */
  variables: (o: AttributeOptions = {}): Attribute<ReadonlyMap<string, BotValue>> =>
    ({ type: 'VARIABLEMAP', fallback: new Map(), ...o }) as Attribute<ReadonlyMap<string, BotValue>>,
};

/** What the house around a bot gives to its actions. All that touches the world passes through here. */
export interface Host {
  /** Aborted when the run is stopped or its time is up. Anything that waits listens to it. */
  readonly signal: AbortSignal;
  /** Which bot, on what, for whom: what `$System:…$` answers. */
  readonly run: RunFacts;
  /** A line for the people who watch the run. Never a secret. */
  log(level: 'info' | 'warn' | 'error', text: string): void;
  /** Named sessions of packages that address them by name (CsvTxt, XML); closed when the run ends. */
  readonly sessions: Sessions;
  /** What packages remember during the run, shared with sub-bots: the clipboard, the default of a setting. */
  readonly store: Store;
  /** How large a value may grow; see `requireTextLength` and `requireItemCount`. The defaults when absent. */
  readonly limits?: SizeLimits;
  /** The present, moved by tests. */
  now(): ZonedDateTime;
  /** What `$@Name$` answers; undefined when there is no such global value. Absent where there are none at all. */
  readonly globalValue?: (name: string) => BotValue | undefined;
  /** Which work item the run is about, if it is about one. */
  readonly workItem?: WorkItemFacts;
  /** Fetches a secret from the vault for the one attribute that names it. Absent where bots get no secrets. */
  readonly credential?: (reference: CredentialReference) => BotCredential | Promise<BotCredential>;
  /** Which addresses the bot's calls may reach. Absent where a bot may call nobody. */
  readonly outgoing?: OutgoingRules;
}

/** Judges an address before a connection is made to it: each one a name resolves to, and those of every redirect again. */
export interface OutgoingRules {
  /** Why nobody may call `port` of `address` (numeric, IPv4 or IPv6) from here; undefined when one may. */
  refusal(address: string, port: number): string | undefined;
}

export interface WorkItemFacts {
  readonly id: string;
  readonly attempt: number;
  readonly queueName: string;
}

/** The document's `credential {name, lockerName, attributeName}`. */
export interface CredentialReference {
  readonly name: string;
  readonly lockerName: string;
  readonly attributeName: string;
}

export interface RunFacts {
  readonly botName: string;
  readonly botPath: string;
  readonly runId: string;
  readonly controlRoom: string;
  readonly userName: string;
  readonly deviceName: string;
  /** A folder of the run's own, or undefined where bots have no file system. */
  readonly workFolder: string | undefined;
}

export interface Sessions {
  open(packageName: string, name: string, session: BotSession): void;
  /** Throws a BotError that names the session when it is not open. */
  get(packageName: string, name: string): BotSession;
  close(packageName: string, name: string): Promise<void>;
  /** Closes it when the run ends, whichever of its bots opened it and though no name leads to it: the run's browser. */
  keep(session: BotSession): void;
}

/** Why a line cannot run here, found when the bot is loaded: before anything of it did. */
export interface Refusal {
  readonly code: 'refused-command' | 'needs-desktop' | 'attended-only';
  /** What cannot be done, and what would do instead. */
  readonly message: string;
}

interface Declared<A extends Attributes> {
  /** As the document names it: `String`, `ErrorHandler`. */
  readonly package: string;
  /** As the document names it: `assign`, `loop.commands.start`. */
  readonly name: string;
  readonly summary: string;
  readonly runsOn: RunsOn;
  readonly attributes: A;
  /** Signalbox version that first had it. */
  readonly since: string;
  /** A command written for the sake of real documents that carry an older or misspelt name. */
  readonly alias?: readonly string[];
  /** Why it can never run here, and what would do instead: declared so that its name is known, reported at load. */
  readonly refused?: string;
  /**
   * Asked when a bot is loaded: whether this line can run, as far as its attributes stand fixed in the document.
   * What is computed when the line runs is not among them.
   */
  readonly check?: (fixed: Partial<InputOf<A>>) => Refusal | undefined;
}

export interface Action<A extends Attributes = Attributes> extends Declared<A> {
  readonly kind: 'action';
  readonly returns?: ValueType;
  /** Synchronous where it can be: a synchronous stretch of a bot never leaves the stack. */
  readonly run: (input: InputOf<A>, host: Host) => BotValue | undefined | Promise<BotValue | undefined>;
}

export interface Condition<A extends Attributes = Attributes> extends Declared<A> {
  readonly kind: 'condition';
  readonly test: (input: InputOf<A>, host: Host) => boolean | Promise<boolean>;
}

export interface Iterator<A extends Attributes = Attributes> extends Declared<A> {
  readonly kind: 'iterator';
  readonly yields: ValueType;
  readonly iterate: (input: InputOf<A>, host: Host) => Iterable<BotValue> | AsyncIterable<BotValue>;
}

/** `$name.Package:function(argument)$` */
export interface PackageFunction {
  readonly kind: 'function';
  readonly package: string;
  readonly name: string;
  readonly summary: string;
  readonly runsOn: RunsOn;
  readonly returns: ValueType;
  readonly since: string;
  readonly apply: (subject: BotValue, argument: BotValue | undefined, host: Host) => BotValue;
}

/** `$Package:Name$`, such as `$String:Enter$` or `$System:Date$`. */
export interface PackageVariable {
  readonly kind: 'variable';
  readonly package: string;
  readonly name: string;
  readonly summary: string;
  readonly runsOn: RunsOn;
  readonly type: ValueType;
  readonly since: string;
  readonly read: (host: Host) => BotValue;
}

export type Declaration = Action | Condition | Iterator | PackageFunction | PackageVariable;

/* Identity functions: they let TypeScript work out `input` from `attributes`. */
export const action = <const A extends Attributes>(a: Omit<Action<A>, 'kind'>): Action =>
  ({ kind: 'action', ...a }) as unknown as Action;
export const condition = <const A extends Attributes>(c: Omit<Condition<A>, 'kind'>): Condition =>
  ({ kind: 'condition', ...c }) as unknown as Condition;
export const iterator = <const A extends Attributes>(i: Omit<Iterator<A>, 'kind'>): Iterator =>
  ({ kind: 'iterator', ...i }) as unknown as Iterator;
export const packageFunction = (f: Omit<PackageFunction, 'kind'>): PackageFunction => ({ kind: 'function', ...f });
export const packageVariable = (v: Omit<PackageVariable, 'kind'>): PackageVariable => ({ kind: 'variable', ...v });

/** An action that is there only to say why it cannot be had. It takes whatever attributes a document gives. */
export const refusedAction = (
  a: Pick<Action, 'package' | 'name' | 'summary' | 'since' | 'runsOn'> & { alias?: readonly string[]; refused: string },
): Action =>
  action({
    ...a,
    attributes: {},
    run: () => {
      throw new BotError(a.refused);
    },
  });

/** A fault the bot's author can handle with an error handler, with the editor line once the interpreter has seen it. */
export class BotError extends Error {
  override readonly name = 'BotError';
  line: number | undefined;
  /** The bot in which it happened, which may be a sub-bot; set by the interpreter together with the line. */
  botPath: string | undefined;
  /** The exception's name in its package, by which a `catch` may choose; every `catch` of BotException takes all. */
  readonly exceptionName: string;

  constructor(message: string, options?: { cause?: unknown; line?: number; exceptionName?: string }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.line = options?.line;
    this.exceptionName = options?.exceptionName ?? 'BotException';
  }
}
