import { closeSync, openSync, writeSync } from 'node:fs';
import type { RobologMessage } from '@signalbox/robots';
import type { LogLevel } from '../protocol.ts';
import { LineSplitter, LONGEST_LINE } from './line-splitter.ts';

/** The server cuts longer ones. */
const LONGEST_TEXT = 4_000;
/** The most of it that the end of a line may hold. */
const LONGEST_SECRET = 8_192;
/** What is told of one run, in lines; all of it is in its files. */
const MOST_LINES = 100_000;
/** What is kept of each output, in bytes. */
const LARGEST_FILE = 10 * 1024 * 1024;
/** How many last lines of errors a message carries. */
const LAST_ERRORS = 5;
/** How many lines that one of two ways told wait for the other to tell them too. */
const MOST_TWINS = 5_000;

type Stream = 'stdout' | 'stderr';

export interface RobotLogOptions {
  readonly say: (line: { readonly level: LogLevel; readonly text: string; readonly occurredOn: string }) => void;
  /** Takes secrets out. */
  readonly clean: (text: string) => string;
  readonly fileOf: (stream: Stream) => string;
}

/** What a robot says, from its outputs and from its robolog, line by line to the server and to files; without secrets. */
export class RobotLog {
  readonly #options: RobotLogOptions;
  readonly #splitters = new Map<string, LineSplitter>();
  readonly #files = new Map<Stream, { readonly handle: number; bytes: number }>();
  /** By the text: how often the outputs told it more often than the robolog. */
  readonly #twins = new Map<string, number>();
  /** Of which no more is kept. */
  readonly #unwritten = new Set<Stream>();
  #errors: string[] = [];
  #lines = 0;

  constructor(options: RobotLogOptions) {
    this.#options = options;
  }

  /** The last lines of standard error. */
  get lastErrors(): readonly string[] {
    return this.#errors;
  }

  /** A word of the runner's own. */
  note(level: LogLevel, text: string): void {
    this.#say(level, text, new Date());
  }

  output(stream: Stream, text: string): void {
    this.#splitter(stream, (line) => this.#outputLine(stream, line)).push(text);
  }

  /** A program has ended: what it said last is a line, also without an end. */
  outputEnded(): void {
    for (const stream of ['stdout', 'stderr']) this.#splitters.get(stream)?.close();
  }

  robolog(message: RobologMessage): void {
    switch (message.kind) {
      case 'taskBegan':
        this.#say('info', `Task "${message.task}" began.`, message.at);
        break;
      case 'taskEnded': {
        const failed = message.status !== 'PASS';
        const how = [message.status, failed ? message.message : ''].filter((word) => word !== '').join(': ');
        this.#say(failed ? 'error' : 'info', `The task ended: ${how}`, message.at);
        break;
      }
      case 'log':
        this.#say(message.level, message.text, message.at);
        break;
      case 'exception':
        this.#say('error', message.message, message.at);
        break;
      case 'exceptionPlace': {
        const { source, line, method, code, at } = message;
        this.#say('error', `  ${source}, line ${line}, in ${method}: ${code}`, at);
        break;
      }
      case 'console': {
        const level = /^(stderr|error|traceback)$/.test(message.stream) ? 'error' : 'info';
        const tell = (line: string): void => {
          if (line.trim() !== '' && !this.#isTwin(line, -1)) this.#say(level, line, new Date());
        };
        this.#splitter(`robolog ${message.stream}`, tell).push(message.text);
        break;
      }
    }
  }

  close(): void {
    for (const splitter of this.#splitters.values()) splitter.close();
    for (const { handle } of this.#files.values()) closeSync(handle);
    this.#splitters.clear();
    this.#files.clear();
  }

  #splitter(name: string, onLine: (line: string) => void): LineSplitter {
    const known = this.#splitters.get(name);
    if (known) return known;
    const splitter = new LineSplitter(onLine);
    this.#splitters.set(name, splitter);
    return splitter;
  }

  #outputLine(stream: Stream, line: string): void {
    const clean = this.#options.clean(line);
    // Where a line was cut, a secret may have been cut with it.
    const kept = line.length < LONGEST_LINE ? clean : clean.slice(0, -LONGEST_SECRET);
    this.#write(stream, `${kept}\n`);
    if (line.trim() === '') return;
    if (stream === 'stderr') this.#errors = [...this.#errors.slice(1 - LAST_ERRORS), this.#text(line)];
    if (!this.#isTwin(line, 1)) this.#say(stream === 'stderr' ? 'error' : 'info', line, new Date());
  }

  /** What a robot prints is in its robolog, too: whichever way comes second keeps silent. */
  #isTwin(line: string, way: 1 | -1): boolean {
    const seen = this.#twins.get(line) ?? 0;
    if (seen + way === 0) this.#twins.delete(line);
    else if (this.#twins.size < MOST_TWINS || seen !== 0) this.#twins.set(line, seen + way);
    return Math.sign(seen) === -way;
  }

  #write(stream: Stream, text: string): void {
    if (this.#unwritten.has(stream)) return;
    try {
      const file = this.#files.get(stream) ?? { handle: openSync(this.#options.fileOf(stream), 'a', 0o600), bytes: 0 };
      this.#files.set(stream, file);
      file.bytes += Buffer.byteLength(text);
      if (file.bytes > LARGEST_FILE) this.#unwritten.add(stream);
      writeSync(file.handle, file.bytes > LARGEST_FILE ? 'The rest is left out.\n' : text);
    } catch {
      // The disk is full, or the robot has removed the folder around its own. Its lines are told all the same.
      this.#unwritten.add(stream);
    }
  }

  #say(level: LogLevel, text: string, at: Date): void {
    this.#lines++;
    if (this.#lines > MOST_LINES) return;
    const told = this.#lines === MOST_LINES ? 'It says too much: the rest is in its files only.' : this.#text(text);
    this.#options.say({ level, text: told, occurredOn: at.toISOString() });
  }

  #text(line: string): string {
    const clean = this.#options.clean(line);
    return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT - 1)}…` : clean;
  }
}
