import {
  action,
  attribute,
  BotError,
  BotSession,
  type BotValue,
  condition,
  type Declaration,
  iterator,
  packageFunction,
  packageVariable,
  toNumber,
  toText,
} from '../src/index.ts';

const common = { summary: 'For tests.', runsOn: 'anywhere', since: '0.1.0' } as const;

/** A few actions with real code: what the language itself needs to be seen working. `events` is what they did. */
export function testDeclarations(events: string[] = []): Declaration[] {
  return [
    action({
      ...common,
      package: 'String',
      name: 'assign',
      returns: 'STRING',
      attributes: { sourceString: attribute.text() },
      run: (i) => i.sourceString,
    }),
    action({
      ...common,
      package: 'Number',
      name: 'assignToNumber',
      returns: 'NUMBER',
      attributes: { input: attribute.number({ required: true }) },
      run: (i) => i.input ?? 0,
    }),
    action({
      ...common,
      package: 'List',
      name: 'addItem',
      attributes: { sourceList: attribute.list({ required: true }), listItem: attribute.any() },
      run: ({ sourceList, listItem }) => void sourceList.push(listItem),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'note',
      attributes: { text: attribute.text(), file: attribute.file() },
      run: ({ text, file }) => void events.push(text + file),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'give',
      attributes: { value: attribute.any() },
      run: ({ value }) => value,
    }),
    action({
      ...common,
      package: 'Test',
      name: 'fail',
      attributes: { message: attribute.text() },
      run: ({ message }) => {
        throw new BotError(message);
      },
    }),
    action({
      ...common,
      package: 'Test',
      name: 'failLater',
      attributes: { message: attribute.text() },
      run: async ({ message }) => {
        await Promise.resolve();
        throw new Error(message);
      },
    }),
    action({
      ...common,
      package: 'Test',
      name: 'later',
      attributes: { value: attribute.any() },
      run: async ({ value }) => {
        await new Promise((resolve) => setImmediate(resolve));
        return value;
      },
    }),
    action({
      ...common,
      package: 'Test',
      name: 'forever',
      attributes: {},
      run: () => new Promise<BotValue>(() => events.push('waiting')),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'replaceFlag',
      attributes: {
        flag: attribute.flag(),
        count: attribute.number({ fallback: 9 }),
        text: attribute.text({ fallback: 'none' }),
      },
      run: ({ flag, count, text }) => `${flag} ${count} ${text}`,
    }),
    action({
      ...common,
      package: 'Test',
      name: 'choose',
      attributes: { word: attribute.choice(['Red', 'Green']) },
      run: ({ word }) => word,
    }),
    action({
      ...common,
      package: 'Test',
      name: 'secret',
      attributes: { password: attribute.credential() },
      run: ({ password }) => (typeof password === 'string' ? password : `${password} ${password.reveal()}`),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'map',
      attributes: { variables: attribute.variables() },
      run: ({ variables }) => [...variables.keys()].join(),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'open',
      attributes: { name: attribute.text() },
      run: ({ name }, host) =>
        host.sessions.open(
          'Test',
          name,
          new BotSession('Test', name, () => void events.push(`closed ${name}`)),
        ) as undefined,
    }),
    action({
      ...common,
      package: 'Test',
      name: 'openValue',
      returns: 'SESSION',
      attributes: { name: attribute.text() },
      run: ({ name }) => new BotSession('Test', name, () => void events.push(`closed ${name}`)),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'use',
      attributes: { session: attribute.session() },
      run: ({ session }) => String(session.content),
    }),
    action({
      ...common,
      package: 'Test',
      name: 'close',
      attributes: { name: attribute.text() },
      run: ({ name }, host) => host.sessions.close('Test', name).then(() => undefined),
    }),
    action({ ...common, package: 'Desk', name: 'click', runsOn: 'device', attributes: {}, run: () => undefined }),
    condition({
      ...common,
      package: 'Number',
      name: 'numberVariable',
      attributes: {
        variable: attribute.number({ required: true }),
        operator: attribute.choice(['EQ', 'GT', 'GTE', 'LT']),
        value: attribute.number({ required: true }),
      },
      test: ({ variable = 0, operator, value = 0 }) =>
        operator === 'EQ'
          ? variable === value
          : operator === 'GT'
            ? variable > value
            : operator === 'GTE'
              ? variable >= value
              : variable < value,
    }),
    condition({
      ...common,
      package: 'String',
      name: 'stringVariable',
      attributes: {
        variable: attribute.text(),
        operator: attribute.choice(['EQ', 'NEQ']),
        value: attribute.text(),
        matchCase: attribute.flag(),
      },
      test: ({ variable, operator, value }) => (variable === value) === (operator === 'EQ'),
    }),
    condition({
      ...common,
      package: 'Test',
      name: 'is',
      attributes: { name: attribute.text(), result: attribute.flag() },
      test: ({ name, result }) => {
        events.push(name);
        return result;
      },
    }),
    condition({
      ...common,
      package: 'Test',
      name: 'isLater',
      attributes: { name: attribute.text(), result: attribute.flag() },
      test: async ({ name, result }) => {
        await Promise.resolve();
        events.push(name);
        return result;
      },
    }),
    iterator({
      ...common,
      package: 'List',
      name: 'list.iterators.list',
      yields: 'ANY',
      attributes: { list: attribute.list({ required: true }) },
      iterate: ({ list }) => list,
    }),
    iterator({
      ...common,
      package: 'Test',
      name: 'rows',
      yields: 'DICTIONARY',
      attributes: { count: attribute.number({ fallback: 3 }) },
      iterate: function* ({ count }) {
        try {
          for (let at = 1; at <= count; at++)
            yield new Map<string, BotValue>([
              ['Id', at],
              ['Name', `row ${at}`],
            ]);
        } finally {
          events.push('rows closed');
        }
      },
    }),
    iterator({
      ...common,
      package: 'Test',
      name: 'rowsLater',
      yields: 'NUMBER',
      attributes: { count: attribute.number({ fallback: 3 }) },
      iterate: async function* ({ count }) {
        try {
          for (let at = 1; at <= count; at++) {
            await Promise.resolve();
            yield at;
          }
        } finally {
          events.push('rows closed');
        }
      },
    }),
    condition({
      ...common,
      package: 'Quiet',
      name: 'is',
      attributes: { result: attribute.flag() },
      test: ({ result }) => result,
    }),
    condition({
      ...common,
      package: 'Quiet',
      name: 'isLater',
      attributes: { result: attribute.flag() },
      test: async ({ result }) => result,
    }),
    iterator({
      ...common,
      package: 'Quiet',
      name: 'rows',
      yields: 'NUMBER',
      attributes: { count: attribute.number({ fallback: 0 }) },
      iterate: ({ count }) => Array.from({ length: count }, (_, at) => at),
    }),
    iterator({
      ...common,
      package: 'Quiet',
      name: 'rowsLater',
      yields: 'NUMBER',
      attributes: { count: attribute.number({ fallback: 0 }) },
      iterate: async function* ({ count }) {
        for (let at = 0; at < count; at++) yield at;
      },
    }),
    packageFunction({
      ...common,
      package: 'Number',
      name: 'toString',
      returns: 'STRING',
      apply: (subject) => toText(subject),
    }),
    packageFunction({
      ...common,
      package: 'String',
      name: 'toNumber',
      returns: 'NUMBER',
      apply: (subject) => toNumber(subject),
    }),
    packageFunction({
      ...common,
      package: 'String',
      name: 'trim',
      returns: 'STRING',
      apply: (subject) => toText(subject).trim(),
    }),
    packageFunction({
      ...common,
      package: 'Test',
      name: 'join',
      returns: 'STRING',
      apply: (subject, argument) => `${toText(subject)}|${argument === undefined ? 'none' : toText(argument)}`,
    }),
    packageVariable({ ...common, package: 'String', name: 'Tab', type: 'STRING', read: () => '\t' }),
    packageVariable({ ...common, package: 'System', name: 'Date', type: 'DATETIME', read: (host) => host.now() }),
    packageVariable({
      ...common,
      package: 'System',
      name: 'AATaskName',
      type: 'STRING',
      read: (host) => host.run.botName,
    }),
    packageVariable({
      ...common,
      package: 'System',
      name: 'AATaskInvoker',
      type: 'DICTIONARY',
      read: (host) => new Map([['Invoker_UserName', host.run.userName]]),
    }),
  ];
}
