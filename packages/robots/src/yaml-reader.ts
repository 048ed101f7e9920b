import { isUtf8 } from 'node:buffer';
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { DEFAULT_ROBOT_LIMITS } from './limits.ts';
import { quote, RobotRefusal } from './robot-refusal.ts';

/** Where something stands in a document. */
export type Path = readonly (string | number)[];

/**
 * A YAML document whose values are texts, lists and maps, nothing else: `3.10` stays `3.10`, and `yes` is a word. What a
 * person left empty (nothing, `~`, `null`) is absent. Every refusal names the file, the line and the key.
 */
export class YamlReader {
  readonly #file: string;
  readonly #root: ReadonlyMap<string, unknown>;
  readonly #lineOf: (path: Path) => number | undefined;

  /** @throws RobotRefusal `bad-yaml`, `too-large` */
  constructor(bytes: Buffer | string, file: string, most = DEFAULT_ROBOT_LIMITS.yamlBytes) {
    this.#file = file;
    const text = decode(bytes, file, most);
    const lines = new LineCounter();
    // `failsafe` knows no type but text: what looks like a number or a date is not touched.
    const options = { schema: 'failsafe', merge: true, lineCounter: lines, logLevel: 'error' } as const;
    const document = this.#try(() => parseDocument(text, options));
    const [fault] = document.errors;
    if (fault) {
      const line = fault.linePos?.[0].line;
      const what = fault.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
      throw this.#refuse(line, `is no YAML: ${what}`);
    }
    if (!isMap(document.contents)) throw this.#refuse(1, 'has to be a map of keys and values, such as "tasks:"');
    // With aliases bounded by the library. A map keeps the order also of names that look like numbers.
    const content = this.#try(() => document.toJS({ mapAsMap: true, maxAliasCount: 100 }) as unknown);
    this.#root = content as ReadonlyMap<string, unknown>; // a map: asked above
    this.#lineOf = (path) => {
      // What a merge or an alias brought has no place of its own; then the nearest that holds it has.
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return undefined;
    };
  }

  get file(): string {
    return this.#file;
  }

  /** @throws RobotRefusal `bad-yaml` when it is a list or a map */
  text(path: Path): string | undefined {
    const value = this.#at(path);
    if (value === undefined || typeof value === 'string') return value;
    throw this.refuse(path, `expected a text, got ${kindOf(value)}`);
  }

  /** @throws RobotRefusal `bad-yaml` when it is no list, or holds more than texts */
  texts(path: Path): readonly string[] {
    return this.list(path).map((entry, index) => {
      if (typeof entry === 'string') return entry;
      throw this.refuse([...path, index], `expected a text, got ${kindOf(entry)}`);
    });
  }

  /** The entries of a list; none when it is not there. @throws RobotRefusal `bad-yaml` when it is no list */
  list(path: Path): readonly unknown[] {
    const value = this.#at(path);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.refuse(path, `expected a list ("- …" on lines of their own), got ${kindOf(value)}`);
  }

  /** The names in a map, in their order; undefined when it is not there. @throws RobotRefusal `bad-yaml` when it is no map */
  names(path: Path): readonly string[] | undefined {
    const value = this.#at(path);
    if (value === undefined) return undefined;
    if (value instanceof Map) return [...value.keys()].map(String);
    throw this.refuse(path, `expected a map ("name: …" on lines of their own), got ${kindOf(value)}`);
  }

  /** In which line of the file something stands. */
  line(path: Path): number | undefined {
    return this.#lineOf(path);
  }

  refuse(path: Path, why: string): RobotRefusal {
    const name = path
      .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
      .join('');
    return this.#refuse(this.#lineOf(path), `${name}: ${why}`);
  }

  /** What is nested without end, or repeats itself too often, is found by the library in its own ways. */
  #try<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw this.#refuse(undefined, `cannot be read: ${(cause as Error).message}`);
    }
  }

  #refuse(line: number | undefined, why: string): RobotRefusal {
    const place = line === undefined ? this.#file : `${this.#file}, line ${line}`;
    return new RobotRefusal('bad-yaml', `${place}: ${why}.`);
  }

  #at(path: Path): unknown {
    let value: unknown = this.#root;
    for (const part of path) {
      if (value instanceof Map) value = value.get(part);
      else if (Array.isArray(value) && typeof part === 'number') value = value[part];
      else return undefined;
    }
    return value === null || (typeof value === 'string' && /^\s*(|~|null|Null|NULL)$/.test(value)) ? undefined : value;
  }
}

function decode(content: Buffer | string, file: string, most: number): string {
  if (content.length > most) {
    throw new RobotRefusal('too-large', `${quote(file)} has ${content.length} bytes, and at most ${most} are read.`);
  }
  if (typeof content === 'string') return content;
  if (!isUtf8(content))
    throw new RobotRefusal('bad-yaml', `${quote(file)} is no UTF-8 text. Save it in that encoding.`);
  return content.toString('utf8').replace(/^\uFEFF/, '');
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  return value === null ? 'nothing' : 'a text';
}
