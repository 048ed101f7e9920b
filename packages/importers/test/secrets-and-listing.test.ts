import { readBot } from '@signalbox/taskbot';
import { describe, expect, it } from 'vitest';
import { listBot, printListing, scanSecrets } from '../src/index.ts';
import { botText, expression, into, node, text } from './support.ts';

/* Every secret here is made up, and put together so that no scanner of repositories takes it for one. */
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N'].join('.');
const aws = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const key = ['-----BEGIN RSA ', 'PRIVATE KEY-----\nMIIE'].join('');
const VALUE = 'Tr0ub4dor&3';

const scan = (nodes: readonly object[], variables: readonly object[] = []) =>
  scanSecrets(readBot(botText({ nodes, variables })));
const kindsIn = (value: string) => scan([node('String.assign', { sourceString: text(value) }, into('sText'))]);

describe('the secret scan', () => {
  it.each([
    [`Authorization: Bearer ${'a1'.repeat(12)}`, 'bearer-token'],
    [`Basic ${Buffer.from('user:secret99').toString('base64')}`, 'basic-authorization'],
    [jwt, 'json-web-token'],
    [`key=${aws}`, 'aws-access-key'],
    [key, 'private-key'],
    [`ghp_${'x1'.repeat(18)}`, 'service-key'],
    [`Server=db;User Id=sa;Password=${VALUE};`, 'connection-string'],
    [`postgres://app:${VALUE}@db/prod`, 'connection-string'],
  ])('finds %j by its shape', (value, kind) => {
    expect(kindsIn(value)).toEqual([{ line: 1, where: 'String.assign: sourceString', kind }]);
  });

  it.each([
    'Basic authentication is not used here',
    'Bearer authentication needs a token',
    'https://example.org/a:b@c',
    'The password is asked for at the start',
    'Server=db;Password=;',
    'a',
  ])('leaves %j alone', (value) => expect(kindsIn(value)).toEqual([]));

  it('finds passwords by the names of attributes, variables, keys and columns', () => {
    const findings = scan(
      [
        node('Email.emailConnect', { emailPassword: text(VALUE), emailHost: text('mail') }),
        node('String.assign', { sourceString: text(VALUE) }, into('sDbPwd')),
        node('Rest.restPost', {
          headers: {
            type: 'DICTIONARY',
            dictionary: [
              { key: 'X-Api-Key', value: text(VALUE) },
              { key: 'Accept', value: text('text/html') },
            ],
          },
        }),
        node('Recorder.capture', { passwordtextAction: text('SETTEXT'), value: text(VALUE) }, { disabled: true }),
      ],
      [
        { name: 'clientSecret', type: 'STRING', defaultValue: text(VALUE) },
        { name: 'nextToken', type: 'STRING', defaultValue: text('page two') },
      ],
    );
    expect(findings).toEqual([
      { line: 0, where: 'variable clientSecret', kind: 'password' },
      { line: 1, where: 'Email.emailConnect: emailPassword', kind: 'password' },
      { line: 2, where: 'String.assign: sourceString', kind: 'password' },
      { line: 3, where: 'Rest.restPost: headers', kind: 'password' },
      { line: 4, where: 'Recorder.capture: value', kind: 'password' },
    ]);
    expect(JSON.stringify(findings)).not.toContain(VALUE);
  });

  it('finds none in what a bot takes from elsewhere, and in places left empty', () => {
    const credential = {
      type: 'CREDENTIAL',
      credential: { name: 'Mail', lockerName: 'Ops', attributeName: 'password' },
    };
    const nodes = [
      node('Email.emailConnect', { emailPassword: credential }),
      node('Email.emailConnect', { emailPassword: expression('$sPassword$') }),
      node('Email.emailConnect', { emailPassword: text('********') }),
      node('Database.connect', { connectionString: expression('Server=db;Password=$sPassword$;') }),
      node('Rest.restGet', { header: expression('Bearer $sToken$') }),
      node('File.open', { passwordLength: text('12'), isPasswordProtected: { type: 'BOOLEAN', boolean: true } }),
    ];
    expect(scan(nodes, [{ name: 'sPassword', type: 'STRING', defaultValue: text('') }])).toEqual([]);
  });
});

describe('the listing', () => {
  const condition = (name: string, operator: string, value: object, next?: object) => ({
    name: 'condition',
    value: { type: 'CONDITIONAL', conditionalName: 'stringVariable', packageName: 'String' },
    attributes: [
      { name: 'variable', value: expression(`$${name}$`) },
      { name: 'operator', value: text(operator) },
      { name: 'value', value },
    ],
    ...(next === undefined ? {} : { operatorAttribute: { operator: 'OR', ...next } }),
  });
  const { name: _, ...second } = condition('b', 'NEQ', text('x'));
  const document = readBot(
    botText({
      nodes: [
        node('Comment.Comment', { comment: text('First of all\n  we look') }),
        node(
          'If.if',
          {},
          {
            attributes: [condition('a', 'EQ', text(''), second)],
            children: [node('Loop.loop.commands.break', {}, { disabled: true, children: [node('Step.step')] })],
            branches: [
              node('If.else', {}, { children: [node('String.assign', { sourceString: text('a\tb') }, into('c'))] }),
            ],
          },
        ),
        node('Database.connect', {
          password: text(VALUE),
          server: expression('$host$.local'),
          port: { type: 'NUMBER', number: '5' },
        }),
        node(
          'TaskBot.runTask',
          {
            taskbot: {
              type: 'TASKBOT',
              taskbotFile: { type: 'FILE', string: 'repository:///Automation%20Anywhere/Bots/Child' },
              taskbotInput: { type: 'DICTIONARY', dictionary: [{ key: 'inName', value: expression('$a$') }] },
            },
            repeatOption: text('DO_NOT_REPEAT'),
          },
          {
            returnTo: {
              type: 'DICTIONARY',
              dictionary: [{ key: 'out', value: { type: 'VARIABLE', variableName: 'r' } }],
            },
          },
        ),
      ],
    }),
  );

  it('shows a bot in the numbering of the editor, and no secret', () => {
    expect(`${printListing(listBot(document))}\n`).toBe(`1  // First of all we look
2  If.if String.stringVariable $a$ EQ "" OR String.stringVariable $b$ NEQ "x"
3    off: Loop.loop.commands.break
4      off: Step.step
5  If.else
6    String.assign "a\\tb" → $c$
7  Database.connect password: ********, server: "$host$.local", port: 5
8  TaskBot.runTask "Automation Anywhere/Bots/Child" {inName: $a$} → {out: $r$}
`);
  });

  it('points at a line among a few others, cut to the width', () => {
    expect(printListing(listBot(document), { from: 5, to: 7, mark: 6, width: 41 })).toBe(
      ['  5  If.else', '> 6    String.assign "a\\tb" → $c$', '  7  Database.connect password: ********…'].join('\n'),
    );
  });
});
