import { type ListingLine, listBot } from '@signalbox/importers';
import type { BotDocument, Progress } from '@signalbox/taskbot';
import { style, widthOf } from '../terminal/style.ts';
import { duration } from '../terminal/words.ts';

const WIPE = '\r\u001b[K';

/** The one line at the bottom of a terminal that says where a bot is. Nothing of it is seen in a file or pipe. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #find: (path: string) => BotDocument | undefined;
  readonly #listings = new Map<string, readonly ListingLine[]>();
  readonly #began = performance.now();
  #shown = false;

  constructor(stream: NodeJS.WriteStream, find: (path: string) => BotDocument | undefined) {
    this.#stream = stream;
    this.#find = find;
  }

  show({ botPath, line, steps }: Progress): void {
    const width = widthOf(this.#stream);
    if (width === undefined || line === 0) return;
    const text = this.#linesOf(botPath)[line - 1]?.text ?? '';
    const name = botPath.slice(botPath.lastIndexOf('/') + 1);
    const passed = duration(performance.now() - this.#began);
    const full = `${name} line ${line} · ${steps.toLocaleString('en-US')} steps · ${passed}  ${text}`;
    this.#stream.write(`${WIPE}${style(this.#stream, 'dim', full.slice(0, width - 1))}`);
    this.#shown = true;
  }

  /** Lines of other things, above it. */
  write(text: string): void {
    this.clear();
    this.#stream.write(text);
  }

  clear(): void {
    if (this.#shown) this.#stream.write(WIPE);
    this.#shown = false;
  }

  #linesOf(botPath: string): readonly ListingLine[] {
    const known = this.#listings.get(botPath);
    if (known !== undefined) return known;
    const document = this.#find(botPath);
    const lines = document === undefined ? [] : listBot(document);
    this.#listings.set(botPath, lines);
    return lines;
  }
}
