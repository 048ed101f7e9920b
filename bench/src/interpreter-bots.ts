import { BotTable, type BotValue } from '@signalbox/taskbot';

/** A bot, and the same work as someone would write it in JavaScript by hand. Both give one number, by which they are compared. */
export interface Contest {
  readonly name: string;
  /** Documents by path; `Bots/Main` is run. Its output variable `result` is the number. */
  readonly bots: Readonly<Record<string, string>>;
  readonly inputs: ReadonlyMap<string, BotValue>;
  readonly byHand: () => number;
}

/* Short words for the parts of a document. */
const text = (name: string, string: string) => ({ name, value: { type: 'STRING', string } });
const joined = (name: string, expression: string) => ({ name, value: { type: 'STRING', expression } });
const number = (name: string, expression: string) => ({ name, value: { type: 'NUMBER', expression } });
const use = (name: string, variableName: string) => ({ name, value: { type: 'VARIABLE', variableName } });
const into = (variableName: string) => ({ returnTo: { type: 'VARIABLE', variableName } });
const variable = (name: string, type = 'NUMBER') => ({ name, type, input: true, output: name === 'result' });
const node = (packageName: string, commandName: string, attributes: readonly object[], more: object = {}) => ({
  uid: commandName,
  packageName,
  commandName,
  attributes,
  ...more,
});
const loop = (iterator: object, children: readonly object[]) =>
  node('Loop', 'loop.commands.start', [text('loopType', 'ITERATOR'), iterator], { children });
const times = (turns: number, counter: string, children: readonly object[]) =>
  loop(
    {
      name: 'iterator',
      value: { type: 'ITERATOR', packageName: 'Loop', iteratorName: 'loop.iterators.times' },
      attributes: [{ name: 'times', value: { type: 'NUMBER', number: String(turns) } }],
      ...into(counter),
    },
    children,
  );
const when = (
  packageName: string,
  conditionalName: string,
  attributes: readonly object[],
  children: readonly object[],
) =>
  node('If', 'if', [{ name: 'condition', value: { type: 'CONDITIONAL', packageName, conditionalName }, attributes }], {
    children,
    branches: [],
  });
const assign = (name: string, expression: string) =>
  node('Number', 'assignToNumber', [number('input', expression)], into(name));
const increment = (name: string) =>
  node(
    'Number',
    'increment',
    [number('source', `$${name}$`), { name: 'by', value: { type: 'NUMBER', number: '1' } }],
    into(name),
  );
const bot = (variables: readonly object[], nodes: readonly object[]) => JSON.stringify({ variables, nodes });

export const contests = (): readonly Contest[] => [counting(), texts(), rows(), calls()];

/** A million turns, in each an addition, an If that holds, and the addition inside it. */
function counting(): Contest {
  const turns = 1_000_000;
  const body = [
    assign('n', '$n$+1'),
    when(
      'Number',
      'numberVariable',
      [number('variable', '$n$'), text('operator', 'GT'), { name: 'value', value: { type: 'NUMBER', number: '0' } }],
      [increment('result')],
    ),
  ];
  return {
    name: 'loop, condition and two additions',
    bots: { 'Bots/Main': bot([variable('n'), variable('turn'), variable('result')], [times(turns, 'turn', body)]) },
    inputs: new Map(),
    byHand: () => {
      let [n, result] = [0, 0];
      for (let turn = 1; turn <= turns; turn++) {
        n = n + 1;
        if (n > 0) result = result + 1;
      }
      return result;
    },
  };
}

/** Texts put together, replaced, changed and compared, as nearly half of the nodes of real bots do. */
function texts(): Contest {
  const turns = 200_000;
  const body = [
    node('String', 'assign', [joined('sourceString', 'Invoice $turn$ of $total$')], into('s')),
    node(
      'String',
      'replace',
      [joined('sourceString', '$s$'), text('find', 'Invoice'), text('replaceWith', 'Order')],
      into('s'),
    ),
    node('String', 'uppercase', [joined('sourceString', '$s$')], into('s')),
    when(
      'String',
      'stringVariable',
      [
        joined('variable', '$s$'),
        text('operator', 'INCLUDE'),
        text('value', 'ORDER 1'),
        { name: 'matchCase', value: { type: 'BOOLEAN', boolean: true } },
      ],
      [increment('result')],
    ),
  ];
  return {
    name: 'texts: join, replace, upper case, search',
    bots: {
      'Bots/Main': bot(
        [variable('turn'), variable('total'), variable('s', 'STRING'), variable('result')],
        [times(turns, 'turn', body)],
      ),
    },
    inputs: new Map([['total', turns]]),
    byHand: () => {
      let result = 0;
      for (let turn = 1; turn <= turns; turn++) {
        let s = `Invoice ${turn} of ${turns}`;
        s = s.replaceAll('Invoice', 'Order');
        s = s.toUpperCase();
        if (s.includes('ORDER 1')) result = result + 1;
      }
      return result;
    },
  };
}

/** A table of 100,000 rows gone through: a sum of amounts with cents, and a count by a column of text. */
function rows(): Contest {
  const cities = ['Bonn', 'Ulm', 'Kiel'] as const;
  const content = Array.from({ length: 100_000 }, (_, at): BotValue[] => [at, cities[at % 3] ?? '', at / 100]);
  const columns = [
    { name: 'id', type: 'NUMBER' as const },
    { name: 'city', type: 'STRING' as const },
    { name: 'amount', type: 'NUMBER' as const },
  ];
  const iterator = {
    name: 'iterator',
    value: { type: 'ITERATOR', packageName: 'DataTable', iteratorName: 'iteratorTableRow' },
    attributes: [use('sourceTable', 't')],
    ...into('row'),
  };
  const body = [
    assign('sum', '$sum$+$row{amount}$'),
    when(
      'String',
      'stringVariable',
      [joined('variable', '$row{city}$'), text('operator', 'EQ'), text('value', 'Bonn')],
      [increment('result')],
    ),
  ];
  return {
    name: 'a table of 100,000 rows, summed and counted',
    bots: {
      'Bots/Main': bot(
        [variable('t', 'TABLE'), variable('row', 'RECORD'), variable('sum'), variable('result')],
        [loop(iterator, body)],
      ),
    },
    inputs: new Map([['t', new BotTable(columns, content)]]),
    byHand: () => {
      let [sum, result] = [0, 0];
      for (const row of content) {
        sum = sum + Number(row[2]);
        if (String(row[1]).toLowerCase() === 'bonn') result = result + 1;
      }
      return sum > 0 ? result : 0;
    },
  };
}

/** A bot that calls a bot that calls a bot, each with an input and an output by value. */
function calls(): Contest {
  const turns = 50_000;
  const call = (path: string, from: string, to: string) =>
    node(
      'TaskBot',
      'runTask',
      [
        {
          name: 'taskbot',
          value: {
            type: 'TASKBOT',
            taskbotFile: { type: 'FILE', string: `repository:///${path}` },
            taskbotInput: {
              type: 'DICTIONARY',
              dictionary: [{ key: 'given', value: { type: 'NUMBER', expression: `$${from}$` } }],
            },
          },
        },
      ],
      {
        returnTo: {
          type: 'DICTIONARY',
          dictionary: [{ key: 'result', value: { type: 'VARIABLE', variableName: to } }],
        },
      },
    );
  const variables = [variable('given'), variable('inner'), variable('result')];
  const grand = (given: number) => ({ result: given + 1 });
  const child = ({ given }: { given: number }) => ({ result: grand(given).result * 1 });
  return {
    name: 'a bot that calls a bot that calls a bot',
    bots: {
      'Bots/Main': bot(
        [variable('turn'), variable('result')],
        [times(turns, 'turn', [call('Bots/Child', 'result', 'result')])],
      ),
      'Bots/Child': bot(variables, [call('Bots/Grand', 'given', 'inner'), assign('result', '$inner$*1')]),
      'Bots/Grand': bot(variables, [assign('result', '$given$+1')]),
    },
    inputs: new Map(),
    byHand: () => {
      let result = 0;
      for (let turn = 1; turn <= turns; turn++) result = child({ given: result }).result;
      return result;
    },
  };
}
