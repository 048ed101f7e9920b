import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import { ZonedDateTime } from '@js-joda/core';
import { createOutgoingRules, packagesFor } from '@signalbox/actions/anywhere';
import {
  BotCredential,
  type BotDocument,
  BotError,
  type BotValue,
  type CompiledBot,
  type CredentialReference,
  compileBot,
  createRedactor,
  createRegistry,
  type Problem,
  pathOfBot,
  RunControl,
  type RunHost,
  readBot,
  readGlobalValues,
  redactJson,
  type ValueType,
} from '@signalbox/taskbot';
import {
  type BotFiles,
  type CredentialAnswer,
  type FromThread,
  packAnswers,
  type RunOutcome,
  SLOT,
  type Target,
  type ThreadAnswer,
  type ThreadCall,
  type ThreadData,
  type ToThread,
  unpackCalls,
} from './protocol.ts';
import { InputFault, printOutputs, readInputs } from './thread-values.ts';

/*
 * The inside of a thread that runs bots: one at a time, in the order in which they came. It has no file system to give
 * (no work folder) and an empty environment; what a bot can reach beyond it are the addresses that the rules allow.
 */

/** How long answers may wait for others to go with them. */
const LONGEST_WAIT_MS = 1;
const CALLS_BETWEEN_MEMORY = 256;

interface Loaded {
  readonly bot: CompiledBot;
  /** Of input variables, by name in lower case. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** By the output variable's name. */
  readonly outputs: ReadonlyMap<string, ValueType>;
}

export function serveBots(port: MessagePort, data: ThreadData): void {
  const states = new Int32Array(data.states);
  const { surroundings } = data;
  const outgoing = createOutgoingRules(surroundings.outgoing);
  let loaded: Loaded | undefined;
  let running: { readonly slot: number; readonly control: RunControl } | undefined;
  const inbox: ThreadCall[] = [];
  let working = false;
  let answers: ThreadAnswer[] = [];
  let firstAnswerOn = 0;
  let busySince = 0;
  let busyMs = 0;
  let calls = 0;
  let globals: ReadonlyMap<string, BotValue> = new Map();
  const fetching = new Map<number, (answer: CredentialAnswer) => void>();
  let fetches = 0;
  /** Loading comes in its turn: calls that were sent before it run the bot of before. */
  let turn: Promise<unknown> = Promise.resolve();

  port.on('message', (message: ToThread) => {
    if (Array.isArray(message)) {
      inbox.push(...unpackCalls(message));
      if (!working) void work();
      return;
    }
    switch (message.type) {
      case 'stop':
        if (running?.slot === message.slot) running.control.stop(message.reason);
        return;
      case 'globals':
        globals = readGlobalValues(message.values);
        return;
      case 'credential':
        fetching.get(message.request)?.(message.answer);
        fetching.delete(message.request);
        return;
      case 'load':
        turn = turn.then(() => load(message.request, message.bot));
        return;
      case 'check':
        turn = turn.then(async () => {
          const { problems, warnings = [] } = await compile(message.bot, message.target);
          send({ type: 'checked', request: message.request, problems: [...problems, ...warnings] });
        });
    }
  });
  send({ type: 'ready' });

  async function load(request: number, bot: BotFiles): Promise<void> {
    const { problems, loaded: fresh } = await compile(bot, 'anywhere');
    if (fresh !== undefined) loaded = fresh;
    send({ type: 'checked', request, problems });
  }

  async function compile(
    files: BotFiles,
    target: Target,
  ): Promise<{
    readonly problems: readonly Problem[];
    readonly warnings?: readonly Problem[];
    readonly loaded?: Loaded;
  }> {
    const byPath = new Map(files.files.map((file) => [pathOfBot(file.path).toLowerCase(), file.content]));
    const open = (path: string): BotDocument | undefined => {
      const content = byPath.get(pathOfBot(path).toLowerCase());
      return content === undefined ? undefined : readBot(content);
    };
    try {
      const document = open(files.path);
      if (document === undefined) throw new Error('The bot is not among its own files.');
      const registry = createRegistry(await packagesFor([...byPath.values()], target));
      const { problems, warnings, bot } = await compileBot(document, {
        registry,
        path: files.path,
        target,
        resolveBot: open,
      });
      if (bot === undefined) return { problems, warnings };
      const outputs = document.variables.filter(({ output }) => output).map(({ name, type }) => [name, type] as const);
      const types = document.variables
        .filter(({ input }) => input)
        .map((one) => [one.name.toLowerCase(), one.type] as const);
      return { problems, warnings, loaded: { bot, types: new Map(types), outputs: new Map(outputs) } };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      return { problems: [{ botPath: pathOfBot(files.path), line: 0, code: 'bad-value', severity: 'error', message }] };
    }
  }

  async function work(): Promise<void> {
    working = true;
    for (let call = inbox.shift(); call !== undefined; call = inbox.shift()) {
      await turn;
      busySince = performance.now();
      const mine = Atomics.compareExchange(states, call.slot, SLOT.sent, SLOT.begun) === SLOT.sent;
      const outcome = mine ? await run(call) : undefined;
      busyMs += performance.now() - busySince;
      calls++;
      if (answers.length === 0) {
        firstAnswerOn = performance.now();
        // A bot that waits for somebody else must not keep back the answers of those before it.
        setImmediate(flush);
      }
      answers.push({ slot: call.slot, outcome });
      if (inbox.length === 0 || performance.now() - firstAnswerOn > LONGEST_WAIT_MS) flush();
    }
    working = false;
  }

  function flush(): void {
    if (answers.length === 0) return;
    send(packAnswers(answers, busyMs, calls >= CALLS_BETWEEN_MEMORY ? memoryOfThread() : 0));
    answers = [];
    busyMs = 0;
  }

  function memoryOfThread(): number {
    calls = 0;
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
    return heap + external;
  }

  async function run(call: ThreadCall): Promise<RunOutcome> {
    if (loaded === undefined) throw new Error('A call came before its bot.');
    const { bot, types, outputs } = loaded;
    let inputs: ReadonlyMap<string, BotValue>;
    try {
      inputs = readInputs(call.body, types);
    } catch (cause) {
      if (cause instanceof InputFault) return { kind: 'refused', code: 'value', message: cause.message };
      return { kind: 'refused', code: 'body', message: cause instanceof Error ? cause.message : String(cause) };
    }
    const control = new RunControl();
    running = { slot: call.slot, control };
    const secrets: string[] = [];
    // Most runs fetch no secret, and pay nothing for it.
    const clean = (text: string): string => (secrets.length === 0 ? text : createRedactor(secrets)(text));
    try {
      const host = hostOf(bot, call, secrets);
      const result = await bot.run({ inputs, control, host, limits: { deadline: call.deadline } });
      if (result.error !== undefined) {
        return { kind: 'failed', ...result.error, message: clean(result.error.message) };
      }
      const answer = printOutputs(result.outputs, outputs);
      return { kind: 'completed', answer: secrets.length === 0 ? answer : cleanJson(answer, clean) };
    } catch (cause) {
      // An output that cannot be printed: the bot's fault, and no reason for the thread to die.
      const message = clean(cause instanceof Error ? cause.message : String(cause));
      return { kind: 'failed', reason: 'error', message, line: 0, botPath: bot.path };
    } finally {
      running = undefined;
    }
  }

  function hostOf(bot: CompiledBot, { slot, runId, userName }: ThreadCall, secrets: string[]): RunHost {
    const values = globals;
    return {
      run: {
        botName: bot.path.slice(bot.path.lastIndexOf('/') + 1),
        botPath: bot.path,
        runId,
        controlRoom: surroundings.controlRoom,
        userName,
        deviceName: '',
        workFolder: undefined,
      },
      log: () => {},
      now: () => ZonedDateTime.now(),
      outgoing,
      globalValue: (name) => values.get(name.toLowerCase()),
      credential: (reference) => fetchCredential(slot, reference, secrets),
    };
  }

  /** Asked for at each use, for it may be changed while the bot runs; kept only to be taken out of texts. */
  async function fetchCredential(
    slot: number,
    { name, lockerName, attributeName }: CredentialReference,
    secrets: string[],
  ): Promise<BotCredential> {
    const request = ++fetches;
    const answer = await new Promise<CredentialAnswer>((resolve) => {
      fetching.set(request, resolve);
      send({ type: 'credential', request, slot, wanted: { name, lockerName, attributeName } });
    });
    if ('problem' in answer) throw new BotError(answer.problem);
    const { value, masked } = answer;
    if (masked) secrets.push(value);
    return new BotCredential(() => value);
  }

  function send(message: FromThread): void {
    port.postMessage(message);
  }
}

function cleanJson(json: string, clean: (text: string) => string): string {
  return JSON.stringify(redactJson(clean, JSON.parse(json)));
}
