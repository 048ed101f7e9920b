import { ZonedDateTime } from '@js-joda/core';
import { createOutgoingRules, standardPackages } from '@signalbox/actions';
import {
  type BotDocument,
  type BotValue,
  type CompiledBot,
  compileBot,
  createRegistry,
  fromJson,
  type Json,
  type Progress,
  pathOfBot,
  printTypedValue,
  RunControl,
  type RunHost,
  type RunResult,
  readBot,
  readGlobalValues,
  readTypedValue,
  toJson,
} from '@signalbox/taskbot';
import {
  type BotOutcome,
  type BotProgress,
  type FromBotProcess,
  failed,
  type Job,
  type ToBotProcess,
} from './bot-protocol.ts';
import type { Bundle, CredentialAnswer, CredentialQuestion } from './protocol.ts';
import { Secrets } from './secrets.ts';

/* The inside of a bot process: compiles each bot once, runs one job at a time, and ends when its runner does. */

/** Bots that are done within a moment tell nothing of their progress. */
const PROGRESS_EVERY_MS = 1_000;

interface ReadyBot {
  readonly bot: CompiledBot;
  readonly document: BotDocument;
}

/** Why a bot cannot run here. */
class BotRefused extends Error {
  override readonly name = 'BotRefused';
}

const registry = createRegistry(standardPackages);
const compiled = new Map<string, Promise<ReadyBot>>();
/** Of the job at hand. A word that comes before the bot has begun is not lost. */
let control: RunControl | undefined;
/** Of the job at hand: called when it may begin, or is to stop instead. */
let begin: () => void = () => {};
/** Of the job at hand. */
let secrets: Secrets | undefined;
/** By name in lower case. */
let globals: ReadonlyMap<string, BotValue> = new Map();
const asked = new Map<number, (answer: CredentialAnswer) => void>();
let questions = 0;

process.on('message', (message: ToBotProcess) => {
  switch (message.type) {
    case 'bundle': {
      const compiling = compile(message.bundle);
      // Its fault is told when a job asks for it.
      compiling.catch(() => {});
      compiled.set(message.bundle.hash, compiling);
      return;
    }
    case 'globals':
      globals = readGlobalValues(message.values);
      return;
    case 'credential':
      asked.get(message.request)?.(message.answer);
      asked.delete(message.request);
      return;
    case 'run':
      control = new RunControl((held) => send({ type: 'held', held }));
      void work(message.job, control);
      return;
    case 'begin':
      begin();
      return;
    case 'pause':
      control?.pause();
      return;
    case 'resume':
      control?.resume();
      return;
    case 'stop':
      control?.stop(message.reason);
      begin();
  }
});
process.on('disconnect', () => process.exit(0));
// The runner tells of a process that broke by its last words: no secret may be among them.
process.on('uncaughtException', (cause) => {
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(`${secrets?.clean(words) ?? words}\n`);
  process.exit(1);
});
send({ type: 'ready' });

async function compile(bundle: Bundle): Promise<ReadyBot> {
  const byPath = new Map(bundle.files.map((file) => [pathOfBot(file.path).toLowerCase(), file.content]));
  const open = (path: string) => {
    const content = byPath.get(pathOfBot(path).toLowerCase());
    return content === undefined ? undefined : readBot(content);
  };
  const document = open(bundle.path);
  if (!document) throw new BotRefused(`The bot ${bundle.path} is not in its own bundle.`);
  const compilation = await compileBot(document, { registry, path: bundle.path, target: 'device', resolveBot: open });
  if (compilation.bot) return { bot: compilation.bot, document };
  const faults = compilation.problems.map(({ botPath, line, message }) => `${botPath}, line ${line}: ${message}`);
  throw new BotRefused(`The bot cannot run. ${faults.slice(0, 10).join('; ')}`);
}

async function work(job: Job, watched: RunControl): Promise<void> {
  const mine = new Secrets(job.subject, ask);
  secrets = mine;
  const outcome = await run(job, watched, mine).catch((cause: unknown): BotOutcome => {
    const message = cause instanceof Error ? cause.message : String(cause);
    return failed(cause instanceof BotRefused ? 'refused' : 'error', message);
  });
  control = undefined;
  secrets = undefined;
  send({ type: 'done', outcome: mine.cleanJson(outcome), memoryBytes: process.memoryUsage.rss() });
}

function ask(question: CredentialQuestion): Promise<CredentialAnswer> {
  const request = ++questions;
  return new Promise((resolve) => {
    asked.set(request, resolve);
    send({ type: 'credential', request, question });
  });
}

async function run(job: Job, watched: RunControl, mine: Secrets): Promise<BotOutcome> {
  const ready = await compiled.get(job.bundle);
  if (!ready) throw new BotRefused('The bot did not arrive.');
  const { bot, document } = ready;
  const inputs = readInputs(job);
  const mayBegin = new Promise<void>((resolve) => {
    begin = resolve;
  });
  send({ type: 'begun', totalLines: document.lines });
  if (job.waitsToBegin && watched.stopReason === undefined) await mayBegin;
  const progressOf = measure(ready);
  const telling = setInterval(() => {
    const { progress } = watched;
    if (progress) send({ type: 'progress', progress: progressOf(progress) });
  }, PROGRESS_EVERY_MS);
  const { workItem } = job;
  const result = await bot
    .run({
      host: hostOf(job, bot.path, mine),
      control: watched,
      inputs,
      limits: { deadline: Date.now() + job.timeLimitMs },
      ...(workItem
        ? {
            workItem: {
              id: String(workItem.id),
              attempt: workItem.attempt,
              queueName: workItem.queueName,
              fields: fieldsOf(workItem),
            },
          }
        : {}),
    })
    .finally(() => clearInterval(telling));
  return outcomeOf(result, ready);
}

/** By lines, because that is what its author sees; never all of it before the end. */
function measure({ bot, document }: ReadyBot): (progress: Progress) => BotProgress {
  let percent = 0;
  return (progress) => {
    if (progress.botPath === bot.path && document.lines > 0) {
      percent = Math.min(99, Math.floor((Math.max(0, progress.line - 1) / document.lines) * 100));
    }
    return { ...progress, percent };
  };
}

/** What the bot's actions see of this device and of the server. */
function hostOf(job: Job, botPath: string, mine: Secrets): RunHost {
  const values = globals;
  return {
    run: {
      botName: botPath.split('/').at(-1) ?? botPath,
      botPath,
      runId: job.runId,
      controlRoom: job.controlRoom,
      userName: job.userName,
      deviceName: job.deviceName,
      workFolder: job.workFolder,
    },
    log: (level, text) => send({ type: 'log', level, text: mine.clean(text), occurredOn: new Date().toISOString() }),
    now: () => ZonedDateTime.now(),
    outgoing: createOutgoingRules(job.outgoing),
    globalValue: (name) => values.get(name.toLowerCase()),
    credential: (reference) => mine.fetch(reference),
  };
}

function readInputs(job: Job): Map<string, BotValue> {
  return new Map(
    Object.entries(job.botInput).map(([name, value]) => {
      try {
        return [name, readTypedValue(value)];
      } catch (cause) {
        throw new Error(`The input ${name} cannot be read: ${(cause as Error).message}.`, { cause });
      }
    }),
  );
}

function outcomeOf(result: RunResult, { bot, document }: ReadyBot): BotOutcome {
  const types = new Map(document.variables.map(({ name, type }) => [name, type]));
  const outputs = Object.fromEntries([...result.outputs].map(([name, value]) => [name, toJson(value)]));
  const typedOutputs = Object.fromEntries(
    [...result.outputs].map(([name, value]) => [name, printTypedValue(value, types.get(name))]),
  );
  if (!result.error) return { outcome: result.outcome, outputs, typedOutputs };
  const { botPath } = result.error;
  return {
    outcome: result.outcome,
    outputs,
    typedOutputs,
    failure: { ...result.error, inSubBot: botPath !== bot.path },
  };
}

/** The model's columns first, empty where the item leaves one out, then whatever else it brought. */
function fieldsOf({ columns, json }: NonNullable<Job['workItem']>): Map<string, BotValue> {
  const fields = new Map<string, BotValue>(columns.map((name) => [name, '']));
  for (const [name, value] of Object.entries(json)) fields.set(name, fromJson(value as Json));
  return fields;
}

function send(message: FromBotProcess): void {
  process.send?.(message);
}
