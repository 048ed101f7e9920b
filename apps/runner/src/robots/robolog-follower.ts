import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type RobologMessage, RobologReader } from '@signalbox/robots';

const EVERY_MS = 250;
const FILE = /^output(?:_(\d+))?\.robolog$/;
/** A text that is longer is a picture. */
const LONGEST_LINE = 1024 * 1024;
/** At once, of one file: a robot may write faster than anybody reads. */
const MOST_AT_ONCE = 8 * 1024 * 1024;
/** A robot that makes more of them is not followed to the end. */
const MOST_FILES = 100;
/** Neither through a link nor waiting for what is no file. Windows has no such flags, and needs none. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

interface Followed {
  readonly handle: number;
  readonly reader: RobologReader;
  readonly decoder: StringDecoder;
  offset: number;
  rest: string;
  skipping: boolean;
}

/** Reads `output.robolog`, `output_2.robolog` … of a folder while they are being written. */
export class RobologFollower {
  readonly #folder: string;
  readonly #onMessage: (message: RobologMessage) => void;
  readonly #files = new Map<string, Followed>();
  readonly #timer: NodeJS.Timeout;
  readonly #buffer = Buffer.alloc(256 * 1024);

  constructor(folder: string, onMessage: (message: RobologMessage) => void) {
    this.#folder = folder;
    this.#onMessage = onMessage;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** Reads what has been written since, and no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#look();
    for (const { handle } of this.#files.values()) closeSync(handle);
    this.#files.clear();
  }

  #look(): void {
    try {
      const names = readdirSync(this.#folder).filter((name) => FILE.test(name));
      for (const name of names.sort((a, b) => partOf(a) - partOf(b)).slice(0, MOST_FILES))
        this.#readOn(this.#open(name));
    } catch {
      // There is no folder, or the file has just gone: the robot may do as it likes with both.
    }
  }

  #open(name: string): Followed {
    const known = this.#files.get(name);
    if (known) return known;
    const handle = openSync(join(this.#folder, name), FLAGS);
    const file = {
      handle,
      reader: new RobologReader(),
      decoder: new StringDecoder('utf8'),
      offset: 0,
      rest: '',
      skipping: false,
    };
    this.#files.set(name, file);
    return file;
  }

  #readOn(file: Followed): void {
    if (!fstatSync(file.handle).isFile()) return;
    for (const end = file.offset + MOST_AT_ONCE; file.offset < end; ) {
      const length = readSync(file.handle, this.#buffer, 0, this.#buffer.length, file.offset);
      if (length === 0) return;
      file.offset += length;
      this.#take(file, file.decoder.write(this.#buffer.subarray(0, length)));
    }
  }

  #take(file: Followed, text: string): void {
    const lines = (file.rest + text).split('\n');
    file.rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = file.skipping ? undefined : file.reader.read(line);
      file.skipping = false;
      if (message) this.#onMessage(message);
    }
    if (file.rest.length <= LONGEST_LINE) return;
    file.rest = '';
    file.skipping = true;
  }
}

const partOf = (name: string): number => Number(FILE.exec(name)?.[1] ?? 1);
