import type { ZonedDateTime } from '@js-joda/core';

/**
 * What a bot computes with. A value of the TaskBot document (`{type, string, expression, …}`) is read into one of these
 * once; from then on a bot handles plain JavaScript values, which is what keeps a node cheap.
 *
 * | document type            | here                                             |
 * |--------------------------|--------------------------------------------------|
 * | STRING, FILE             | string (a FILE is its path or `repository:///` URI) |
 * | NUMBER                   | number (a double, as the vendor's)                 |
 * | BOOLEAN                  | boolean                                            |
 * | DATETIME                 | ZonedDateTime                                      |
 * | LIST                     | BotList (an array)                                 |
 * | DICTIONARY               | BotDictionary (a Map, in insertion order)          |
 * | RECORD, TABLE            | BotRecord, BotTable                                |
 * | CREDENTIAL               | BotCredential: printed as asterisks, read only by who asks |
 * | SESSION                  | BotSession                                         |
 * | WINDOW, IMAGE, FORM …    | BotOpaque, a dictionary of the document's own JSON |
 * | nothing                  | null                                               |
 */
export type BotValue =
  | null
  | string
  | number
  | boolean
  | ZonedDateTime
  | BotList
  | BotDictionary
  | BotRecord
  | BotTable
  | BotCredential
  | BotSession;

export type BotList = BotValue[];
export type BotDictionary = Map<string, BotValue>;

/** The types a variable, an attribute or a result may have in the document. */
export const VALUE_TYPES = [
  'ANY',
  'STRING',
  'NUMBER',
  'BOOLEAN',
  'DATETIME',
  'FILE',
  'LIST',
  'DICTIONARY',
  'RECORD',
  'TABLE',
  'CREDENTIAL',
  'SESSION',
  'VARIABLE',
  'VARIABLEMAP',
  'TASKBOT',
  'EXCEPTION',
  'CONDITIONAL',
  'ITERATOR',
  'WINDOW',
  'UIOBJECT',
  'REGION',
  'IMAGE',
  'REGEX',
  'PATTERN',
  'COORDINATE',
  'OAUTHCONNECTION',
  'PROPERTIES',
  'TRIGGER',
  'CONDITIONALGROUP',
  'FORM',
  'FORMELEMENT',
  'HOTKEY',
  'WORKITEM',
  'UNDEFINED',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export interface Column {
  readonly name: string;
  readonly type: ValueType;
}

/**
 * A value that means something to a desktop, a form or a later editor, and nothing to the language: WINDOW, UIOBJECT,
 * COORDINATE, IMAGE, REGION, FORM, HOTKEY … It goes in and out as it came. For packages that know it, it is a
 * dictionary of the JSON, `type` included: `{type: WINDOW, window: {name: …}}`.
 */
export class BotOpaque extends Map<string, BotValue> {
  readonly type: ValueType;

  constructor(type: ValueType, entries: Iterable<readonly [string, BotValue]>) {
    super(entries);
    this.type = type;
  }
}

/** A row with named columns. `values` has the length of `columns`. Columns are found by name (letter case ignored) or position. */
export class BotRecord {
  readonly columns: readonly Column[];
  readonly values: BotValue[];

  constructor(columns: readonly Column[], values: BotValue[]) {
    this.columns = columns;
    this.values = values;
  }
}

/** Rows under one set of columns. Rows are plain arrays; a row leaves the table as a BotRecord. */
export class BotTable {
  readonly columns: Column[];
  readonly rows: BotValue[][];

  constructor(columns: Column[], rows: BotValue[][]) {
    this.columns = columns;
    this.rows = rows;
  }
}

/** A secret on its way to the one action that needs it. It shows as asterisks wherever it is printed, joined or logged. */
export class BotCredential {
  readonly #reveal: () => string;

  constructor(reveal: () => string) {
    this.#reveal = reveal;
  }

  reveal(): string {
    return this.#reveal();
  }

  toString(): string {
    return '********';
  }

  toJSON(): string {
    return '********';
  }
}

/** Something an action opened for later actions of its package (a CSV file, a JSON document). Closed when the run ends. */
export class BotSession {
  readonly package: string;
  readonly content: unknown;
  readonly close: () => void | Promise<void>;
  #closed = false;

  constructor(packageName: string, content: unknown, close: () => void | Promise<void> = () => {}) {
    this.package = packageName;
    this.content = content;
    // An action may close what the run closes again at its end; the content sees one close only.
    this.close = () => {
      if (this.#closed) return;
      this.#closed = true;
      return close();
    };
  }

  get closed(): boolean {
    return this.#closed;
  }
}
