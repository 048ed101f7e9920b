import { BotError, type BotValue, fromJson, type Host, type Json, toJson } from '@signalbox/taskbot';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten';
import type { SessionKind } from '../support/session.ts';
import { excerpt } from '../support/text.ts';

const MEMORY = 64 * 1024 * 1024;
/** Less than a thread's own stack, or deep recursion would end the thread instead of the script. */
const STACK = 256 * 1024;
export const PATIENCE_SECONDS = 30;
const MOST_LOG_LINES = 1000;
const LONGEST_LOG_LINE = 2000;

/**
 * One script in a machine of its own (QuickJS in WebAssembly): no files, no network, no Node. Values go in and out as
 * copies. The clock is looked at between the steps of a script: a built-in that works long in one piece is ended by the
 * memory only, and that may take seconds (5 to 8 measured for one that fills arrays). The limit of the run stands behind both.
 */
export class Script {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  #deadline = 0;
  #host: Host | undefined;
  #logged = 0;

  private constructor(context: QuickJSContext) {
    this.#context = context;
    this.#runtime = context.runtime;
    this.#runtime.setMemoryLimit(MEMORY);
    this.#runtime.setMaxStackSize(STACK);
    this.#runtime.setInterruptHandler(() => this.#host?.signal.aborted === true || performance.now() > this.#deadline);
    this.#giveConsole();
  }

  /** Runs the script once, so that its functions are there. */
  static async open(source: string, host: Host): Promise<Script> {
    const { newQuickJSWASMModule } = await import('quickjs-emscripten');
    // A machine for each session: what breaks one leaves the others alone, and closing one gives all its memory back.
    const script = new Script((await newQuickJSWASMModule()).newContext());
    script.#within(PATIENCE_SECONDS, host, () => script.#evaluated(source, 'script.js').dispose());
    return script;
  }

  /** @param argument nothing calls the function without one */
  call(name: string, argument: BotValue, seconds: number, host: Host): BotValue {
    const path = name.trim();
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u.test(path)) {
      throw new BotError(`Expected the name of a function of the script, but got "${excerpt(name)}".`);
    }
    return this.#within(seconds, host, () => {
      if (this.#text(`typeof ${path}`) !== 'function') {
        throw new BotError(`The script has no function "${excerpt(path)}". Check its spelling; letter case matters.`);
      }
      const given = argument === null ? [] : [this.#inside(toJson(argument))];
      const called = this.#evaluated(`(...given) => ${path}(...given)`, 'call');
      return this.#outside(
        this.#settled(this.#unwrapped(this.#context.callFunction(called, this.#context.undefined, given))),
      );
    });
  }

  #within<T>(seconds: number, host: Host, work: () => T): T {
    host.signal.throwIfAborted();
    this.#deadline = performance.now() + seconds * 1000;
    this.#host = host;
    try {
      return work();
    } catch (cause) {
      if (cause instanceof BotError) throw cause;
      // Thrown by WebAssembly itself: the machine ran out of something before it could say so.
      throw new BotError('The script failed: it needs more memory or deeper calls than it may have.', { cause });
    } finally {
      this.#host = undefined;
    }
  }

  #evaluated(code: string, file: string): QuickJSHandle {
    return this.#unwrapped(this.#context.evalCode(code, file));
  }

  #text(code: string): string {
    const handle = this.#evaluated(code, 'call');
    const text = this.#context.getString(handle);
    handle.dispose();
    return text;
  }

  #unwrapped(result: { readonly value: QuickJSHandle } | { readonly error: QuickJSHandle }): QuickJSHandle {
    if ('value' in result) return result.value;
    throw this.#fault(result.error);
  }

  /** An async function is waited for as long as it works; there are no timers that could wake it later. */
  #settled(handle: QuickJSHandle): QuickJSHandle {
    if (this.#context.typeof(handle) !== 'object') return handle;
    const ran = this.#runtime.executePendingJobs();
    if (ran.error) throw this.#fault(ran.error);
    const state = this.#context.getPromiseState(handle);
    if (state.type === 'fulfilled') return state.value;
    if (state.type === 'rejected') throw this.#fault(state.error);
    // An interrupted job leaves its promise as it was.
    if (performance.now() > this.#deadline) throw late();
    throw new BotError('The function waits for something that never comes: scripts have no timers and no network.');
  }

  #inside(value: Json): QuickJSHandle {
    const json = this.#evaluated('JSON.parse', 'call');
    const text = this.#context.newString(JSON.stringify(value));
    const parsed = this.#unwrapped(this.#context.callFunction(json, this.#context.undefined, text));
    text.dispose();
    return parsed;
  }

  #outside(handle: QuickJSHandle): BotValue {
    const kind = this.#context.typeof(handle);
    if (kind === 'undefined') return null;
    if (kind === 'number') return this.#context.getNumber(handle);
    if (kind === 'string') return this.#context.getString(handle);
    const json = this.#evaluated('(value) => JSON.stringify(value)', 'call');
    const text = this.#unwrapped(this.#context.callFunction(json, this.#context.undefined, handle));
    if (this.#context.typeof(text) !== 'string') {
      throw new BotError(`The function gave a ${kind}, which a bot cannot hold. Give a text, number, list or object.`);
    }
    // What JSON.stringify wrote is JSON, also when a script put its own in its place: then this fails like any bad answer.
    try {
      return fromJson(JSON.parse(this.#context.getString(text)) as Json);
    } catch (cause) {
      throw new BotError('The function gave something that is not plain data. Give a text, number, list or object.', {
        cause,
      });
    }
  }

  #fault(error: QuickJSHandle): BotError {
    const [name, message, line] = this.#described(error);
    if (this.#host?.signal.aborted) return new BotError('The script was ended because the run was stopped.');
    if (message.includes('interrupted') && performance.now() > this.#deadline) {
      return late();
    }
    if (message.includes('out of memory') || name === 'null') {
      return new BotError(`The script needs more than the ${MEMORY / (1024 * 1024)} MB of memory that it may have.`);
    }
    if (message.includes('stack overflow'))
      return new BotError('The script calls itself too deep. Check its recursion.');
    return new BotError(`The script failed${line === undefined ? '' : ` in line ${line}`}: ${name}: ${message}`);
  }

  /** Read member by member: when memory ran out, making a copy of the whole error would fail as well. */
  #described(error: QuickJSHandle): [name: string, message: string, line: string | undefined] {
    const context = this.#context;
    if (context.typeof(error) !== 'object') return ['thrown', context.getString(error).slice(0, 500), undefined];
    const member = (key: string) => context.getProp(error, key).consume((handle) => context.getString(handle));
    const line = /script\.js:(\d+)/.exec(member('stack'))?.[1];
    return [member('name'), member('message').slice(0, 500), line];
  }

  #giveConsole(): void {
    const context = this.#context;
    const levels = [
      ['log', 'info'],
      ['info', 'info'],
      ['warn', 'warn'],
      ['error', 'error'],
    ] as const;
    const console = context.newObject();
    for (const [name, level] of levels) {
      const write = context.newFunction(name, (...values) => {
        this.#logged += 1;
        if (this.#logged > MOST_LOG_LINES) return;
        const line = values.map((value) => String(context.dump(value))).join(' ');
        this.#host?.log(level, line.slice(0, LONGEST_LOG_LINE));
      });
      context.setProp(console, name, write);
    }
    context.setProp(context.global, 'console', console);
  }
}

const late = (): BotError =>
  new BotError('The script did not end in time. Check its loops, or give the action more time.');

export const JAVA_SCRIPT: SessionKind<Script> = {
  package: 'JavaScript',
  // A script is made by `open` only, while the kind asks for the class.
  content: Script as unknown as SessionKind<Script>['content'],
  opener: 'JavaScript: Open',
};
