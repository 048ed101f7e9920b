/** What a robolog says that people want to read while the robot runs. */
export type RobologMessage =
  | { readonly kind: 'taskBegan'; readonly at: Date; readonly task: string }
  | { readonly kind: 'taskEnded'; readonly at: Date; readonly status: string; readonly message: string }
  | { readonly kind: 'log'; readonly at: Date; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  /** As it was written: pieces of lines, too. `stream` is what the robot calls it: stdout, stderr, traceback … */
  | { readonly kind: 'console'; readonly at: Date; readonly stream: string; readonly text: string }
  | { readonly kind: 'exception'; readonly at: Date; readonly message: string }
  | {
      readonly kind: 'exceptionPlace';
      readonly at: Date;
      readonly source: string;
      readonly line: number;
      readonly method: string;
      readonly code: string;
    };

/** Longer texts are cut: pictures come as texts, and what is memorised stays in memory. */
const LONGEST_TEXT = 10_000;
/** A file is begun anew after about a megabyte, and memorises what it needs anew. */
const MOST_MEMORISED = 100_000;
const LEVELS: Readonly<Record<string, 'info' | 'warn' | 'error'>> = { E: 'error', F: 'error', W: 'warn', I: 'info' };

/**
 * Reads one `.robolog` file line by line, while it is being written. Texts are said once (`M`) and then named; places in
 * the code are made of such names (`P`); times are seconds after that of `T`. Messages that are not of interest, not known,
 * or broken are passed over: the file itself is kept. What a file repeats of the one before (`RR`, `RT` …) is among them.
 */
export class RobologReader {
  readonly #texts = new Map<string, string>();
  /** By its id: the name that a place has. */
  readonly #places = new Map<string, string>();
  #start = 0;
  #last = 0;

  /** @param line without its end */
  read(line: string): RobologMessage | undefined {
    const blank = line.indexOf(' ');
    if (blank < 0) return undefined;
    const type = line.slice(0, blank);
    const rest = line.slice(blank + 1).trimEnd();
    if (type === 'T') this.#begin(rest);
    else if (type === 'M') this.#memorise(rest);
    else if (type === 'P') this.#memorisePlace(rest);
    else return this.#message(type, rest.split('|'));
    return undefined;
  }

  #message(type: string, parts: readonly string[]): RobologMessage | undefined {
    const text = (at: number): string => this.#texts.get(parts[at] ?? '') ?? '';
    switch (type) {
      case 'ST':
        return { kind: 'taskBegan', at: this.#at(parts[1]), task: this.#places.get(parts[0] ?? '') ?? '' };
      case 'ET':
        return { kind: 'taskEnded', at: this.#at(parts[2]), status: text(0), message: text(1) };
      case 'L':
      case 'LH': {
        const level = LEVELS[parts[0] ?? ''] ?? 'info';
        const said = type === 'L' ? text(1) : withoutTags(text(1));
        return said === '' ? undefined : { kind: 'log', at: this.#at(parts[3]), level, text: said };
      }
      case 'C':
        return { kind: 'console', at: this.#at(parts[2]), stream: text(0), text: text(1) };
      case 'STB':
        return { kind: 'exception', at: this.#at(parts[1]), message: text(0) };
      case 'TBE': {
        const place = { source: text(0), line: Number(parts[1]) || 0, method: text(2), code: text(3) };
        return { kind: 'exceptionPlace', at: new Date(this.#last), ...place };
      }
      default:
        return undefined;
    }
  }

  #begin(time: string): void {
    const start = Date.parse(time);
    if (Number.isNaN(start)) return;
    this.#start = start;
    this.#last = start;
  }

  #memorise(rest: string): void {
    const colon = rest.indexOf(':');
    if (colon < 0 || this.#texts.size >= MOST_MEMORISED) return;
    try {
      const value: unknown = JSON.parse(rest.slice(colon + 1));
      this.#texts.set(rest.slice(0, colon), String(value).slice(0, LONGEST_TEXT));
    } catch {
      // Cut off by the end of the robot.
    }
  }

  #memorisePlace(rest: string): void {
    const colon = rest.indexOf(':');
    const [name = ''] = rest.slice(colon + 1).split('|');
    if (colon < 0 || this.#places.size >= MOST_MEMORISED) return;
    this.#places.set(rest.slice(0, colon), this.#texts.get(name) ?? '');
  }

  #at(seconds: string | undefined): Date {
    const delta = Number(seconds);
    // A number without bounds makes a date that is none.
    if (seconds !== undefined && delta >= 0 && delta < 1e9) this.#last = this.#start + Math.round(delta * 1000);
    return new Date(this.#last);
  }
}

/** What there is to read in a piece of HTML: of a picture, nothing. */
function withoutTags(html: string): string {
  return html
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
