import { ZonedDateTime } from '@js-joda/core';
import { createOutgoingRules, standardPackages } from '@signalbox/actions';
import {
  type BotValue,
  type CompiledBot,
  compileBot,
  createRegistry,
  fromJson,
  type Json,
  pathOfBot,
  RunControl,
  type RunHost,
  readBot,
  readTypedValue,
  toJson,
} from '@signalbox/taskbot';
import type { BotOutcome, Bundle, FromBotProcess, Job, ToBotProcess } from './protocol.ts';

/* The inside of a bot process: compiles each bot once, runs one item at a time, and ends when its runner does. */

/** Bots that are done within a moment tell nothing of their progress. */
const PROGRESS_EVERY_MS = 1_000;

const registry = createRegistry(standardPackages);
const compiled = new Map<string, Promise<CompiledBot>>();
let control: RunControl | undefined;

process.on('message', (message: ToBotProcess) => {
  if (message.type === 'bundle') {
    const compiling = compile(message.bundle);
    // Its fault is told when an item asks for it.
    compiling.catch(() => {});
    compiled.set(message.bundle.hash, compiling);
  } else if (message.type === 'run') void work(message.job);
  else control?.stop(message.reason);
});
process.on('disconnect', () => process.exit(0));
send({ type: 'ready' });

async function compile(bundle: Bundle): Promise<CompiledBot> {
  const byPath = new Map(bundle.files.map((file) => [pathOfBot(file.path).toLowerCase(), file.content]));
  const open = (path: string) => {
    const content = byPath.get(pathOfBot(path).toLowerCase());
    return content === undefined ? undefined : readBot(content);
  };
  const document = open(bundle.path);
  if (!document) throw new Error(`The bot ${bundle.path} is not in its own bundle.`);
  const compilation = await compileBot(document, { registry, path: bundle.path, target: 'device', resolveBot: open });
  if (compilation.bot) return compilation.bot;
  const faults = compilation.problems.map(({ botPath, line, message }) => `${botPath}, line ${line}: ${message}`);
  throw new Error(`The bot cannot run. ${faults.slice(0, 10).join('; ')}`);
}

async function work(job: Job): Promise<void> {
  const outcome = await run(job).catch(
    (cause: unknown): BotOutcome => ({
      outcome: 'failed',
      outputs: {},
      error: cause instanceof Error ? cause.message : String(cause),
    }),
  );
  send({ type: 'done', outcome, memoryBytes: process.memoryUsage.rss() });
}

async function run(job: Job): Promise<BotOutcome> {
  const bot = await compiled.get(job.bundle);
  if (!bot) throw new Error('The bot did not arrive.');
  const inputs = new Map(Object.entries(job.botInput).map(([name, value]) => [name, readTypedValue(value)]));
  const watched = new RunControl();
  control = watched;
  const host: RunHost = {
    run: {
      botName: bot.path.split('/').at(-1) ?? bot.path,
      botPath: bot.path,
      runId: `${job.item.id}-${job.item.version}`,
      controlRoom: job.controlRoom,
      userName: job.userName,
      deviceName: job.deviceName,
      workFolder: job.workFolder,
    },
    log: (level, text) => send({ type: 'log', level, text, occurredOn: new Date().toISOString() }),
    now: () => ZonedDateTime.now(),
    outgoing: createOutgoingRules(job.outgoing),
  };
  const telling = setInterval(() => {
    const { progress } = watched;
    if (progress) send({ type: 'progress', progress });
  }, PROGRESS_EVERY_MS);
  const result = await bot.run({
    host,
    control,
    inputs,
    limits: { deadline: Date.now() + job.timeLimitMs },
    workItem: {
      id: String(job.item.id),
      attempt: job.item.attempts,
      queueName: job.queueName,
      fields: fieldsOf(job),
    },
  });
  clearInterval(telling);
  control = undefined;
  const outputs = Object.fromEntries([...result.outputs].map(([name, value]) => [name, toJson(value)]));
  if (!result.error) return { outcome: result.outcome, outputs };
  const { message, line, botPath } = result.error;
  const where = botPath === bot.path ? `line ${line}` : `${botPath}, line ${line}`;
  return { outcome: result.outcome, outputs, error: `${message} (${where})` };
}

/** The model's columns first, empty where the item leaves one out, then whatever else it brought. */
function fieldsOf({ columns, item }: Job): Map<string, BotValue> {
  const fields = new Map<string, BotValue>(columns.map((name) => [name, '']));
  for (const [name, value] of Object.entries(item.json)) fields.set(name, fromJson(value as Json));
  return fields;
}

function send(message: FromBotProcess): void {
  process.send?.(message);
}
