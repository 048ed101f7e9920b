/** A line may have no more characters; what is beyond goes. */
export const LONGEST_LINE = 64 * 1024;

/** Makes lines of the pieces in which a program's output arrives. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const pieces = text.split('\n');
    for (const [at, piece] of pieces.entries()) {
      if (this.#rest.length < LONGEST_LINE) this.#rest += piece.slice(0, LONGEST_LINE - this.#rest.length);
      if (at < pieces.length - 1) this.#tell();
    }
  }

  /** What has no end is a line as well. */
  close(): void {
    if (this.#rest !== '') this.#tell();
  }

  #tell(): void {
    const line = this.#rest.replace(/\r+$/, '');
    this.#rest = '';
    // What draws over its own line, as progress bars do, means the last that it drew.
    this.#onLine(line.slice(line.lastIndexOf('\r') + 1));
  }
}
