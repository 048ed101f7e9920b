import { type BotDictionary, type BotValue, type Host, packageVariable, type ValueType } from '@signalbox/taskbot';

const variable = (name: string, type: ValueType, summary: string, read: (host: Host) => BotValue) =>
  packageVariable({ package: 'System', name, summary, runsOn: 'anywhere', since: '0.1.0', type, read });

export const date = variable('Date', 'DATETIME', 'The present.', (host) => host.now());
export const year = variable('Year', 'NUMBER', 'The year now.', (host) => host.now().year());
export const month = variable('Month', 'NUMBER', 'The month now, January 1.', (host) => host.now().monthValue());
export const day = variable('Day', 'NUMBER', 'The day of the month now.', (host) => host.now().dayOfMonth());
export const hour = variable('Hour', 'NUMBER', 'The hour now, 0 to 23.', (host) => host.now().hour());
export const minute = variable('Minute', 'NUMBER', 'The minute now.', (host) => host.now().minute());
export const second = variable('Second', 'NUMBER', 'The second now.', (host) => host.now().second());
export const millisecond = variable('Millisecond', 'NUMBER', 'The millisecond now.', (host) =>
  Math.floor(host.now().nano() / 1_000_000),
);

export const taskName = variable('AATaskName', 'STRING', 'The name of the bot.', (host) => host.run.botName);
export const controlRoom = variable(
  'AAControlRoom',
  'STRING',
  'The address of the Control Room.',
  (host) => host.run.controlRoom,
);
/** Real bots ask for `Invoker_UserName`; the other keys follow its pattern [inferred] and are empty. */
const person = (role: string, host: Host): BotDictionary =>
  new Map<string, BotValue>([
    [`${role}_UserName`, host.run.userName],
    [`${role}_FirstName`, ''],
    [`${role}_LastName`, ''],
    [`${role}_Email`, ''],
  ]);

export const taskInvoker = variable('AATaskInvoker', 'DICTIONARY', 'Who started the run.', (host) =>
  person('Invoker', host),
);
export const taskExecutor = variable('AATaskExecutor', 'DICTIONARY', 'Under whom the run works.', (host) =>
  person('Executor', host),
);
