import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/**
 * Results on their way to the server. A result is on this device's disk before anything else is done with it, and leaves
 * the disk only when the server has answered: what a bot did while the server was away, or before this process was
 * killed, is still told. The server refuses what it already knows, so telling twice does no harm.
 */
export class Outbox<Result> {
  readonly #path: string;
  #file: number;
  #waiting: Result[] = [];
  #unsynced: string[] = [];
  #delivered = 0;

  constructor(path: string) {
    this.#path = path;
    if (existsSync(path)) this.#waiting = readLines(readFileSync(path, 'utf8'));
    this.#file = this.#rewrite();
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** What waits for the server, oldest first. */
  get waiting(): readonly Result[] {
    return this.#waiting;
  }

  add(result: Result): void {
    this.#waiting.push(result);
    this.#unsynced.push(`${JSON.stringify(result)}\n`);
  }

  /** Up to `most` results, oldest first, now certainly on disk. */
  take(most: number): readonly Result[] {
    if (this.#unsynced.length > 0) {
      writeSync(this.#file, this.#unsynced.join(''));
      fsyncSync(this.#file);
      this.#unsynced = [];
    }
    return this.#waiting.slice(0, most);
  }

  /** The server has answered for the first `count`. */
  delivered(count: number): void {
    this.#waiting = this.#waiting.slice(count);
    this.#delivered += count;
    // Rewritten when nothing waits, or when the file is mostly history.
    if (this.#waiting.length === 0 || this.#delivered > 10_000) {
      closeSync(this.#file);
      this.#file = this.#rewrite();
    }
  }

  close(): void {
    this.take(0);
    closeSync(this.#file);
  }

  #rewrite(): number {
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, this.#waiting.map((result) => `${JSON.stringify(result)}\n`).join(''), {
      mode: 0o600,
      flush: true,
    });
    renameSync(fresh, this.#path);
    this.#unsynced = [];
    this.#delivered = 0;
    return openSync(this.#path, 'a');
  }
}

/** A last line that was cut off by a crash was never counted on by anybody. */
function readLines<Result>(text: string): Result[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Result];
    } catch {
      return [];
    }
  });
}
