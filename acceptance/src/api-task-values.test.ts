import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { accessTo, allocate, assign, bot, execute, expression, node, text, until, type Value } from './support/bots.ts';
import { AWKWARD_SECRET, type Echo, FORMS_OF_SECRET, openEcho } from './support/echo.ts';

/** What API Tasks get from the installation: global values, and credentials in their run-as user's name. */
let server: TestServer;
let echo: Echo;

beforeAll(async () => {
  server = await startTestServer({ SIGNALBOX_OUTGOING_ALLOW: 'public,private,loopback' });
  echo = await openEcho();
});
afterAll(async () => {
  echo.close();
  await server.stop();
});

const send = async (method: string, path: string, body: unknown) => {
  const answer = await server.call(method, path, { token: server.admin, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body;
};

const said = [{ name: 'said', output: true }];
const credential = (name: string, attributeName: string, lockerName = ''): Value => ({
  type: 'CREDENTIAL',
  credential: { name, lockerName, attributeName },
});

async function secret(name: string, value: string, masked = true): Promise<void> {
  const made = await send('POST', '/v2/credentialvault/credentials', {
    name,
    attributes: [{ name: 'password', userProvided: false, masked, passwordFlag: masked }],
  });
  await send('POST', `/v2/credentialvault/credentials/${made.id}/attributevalues`, {
    list: [{ credentialAttributeId: made.attributes[0].id, value }],
  });
}

describe('global values', () => {
  it('reach a bot by name, whatever the letters, and the next run has what was changed', async () => {
    const made = await send('POST', '/signalbox/v1/global-values', { name: 'Office', value: 'Berlin' });
    const task = await allocate(server, 'globals', bot([assign('said', expression('$@OFFICE$'))], said));
    const say = async () => (await execute(task)).body.hotBotResult.botOutput.said.string;
    expect(await say()).toBe('Berlin');
    await send('PUT', `/signalbox/v1/global-values/${made.id}`, { value: 'Lisbon' });
    expect(await until(say, (word) => word === 'Lisbon')).toBe('Lisbon');
  });

  it('that are not there are a fault of the bot, by name', async () => {
    const task = await allocate(server, 'no global', bot([assign('said', expression('$@Nowhere$'))], said));
    const answer = await execute(task);
    expect(answer.status).toBe(500);
    expect(answer.body.message).toMatch(/no global value "Nowhere"/);
  });
});

describe('credentials', () => {
  /** Logs in somewhere with it, and says the whole answer, which repeats what came. */
  const usesIt = (name: string, fail = false) =>
    bot(
      [
        node('Rest', 'restGet', {
          attributes: {
            uri: text(fail ? echo.refusing : echo.url),
            authenticationMode: text('Basic'),
            username: text('ada'),
            password: credential(name, 'Password'),
          },
          into: 'answer',
        }),
        assign('said', expression('$answer{Body}$')),
      ],
      [...said, { name: 'answer', type: 'DICTIONARY' }],
    );

  it('come to a bot in the name of its run-as user, recorded, and what it says of them is taken out', async () => {
    await secret('mail', AWKWARD_SECRET);
    const task = await allocate(server, 'uses mail', usesIt('MAIL'));
    const answer = await execute(task);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(echo.passwords.at(-1)).toBe(AWKWARD_SECRET);
    const output = JSON.stringify(answer.body);
    expect(output).toContain('••••');
    for (const form of FORMS_OF_SECRET) expect(output).not.toContain(form);
    const [row] = await server.database.database.all(
      sql<{ actor: string; purpose: string }>`select actor_name as actor, details -> 'purpose' ->> 'type' as purpose
        from audit_entry where action = 'credentialValue.consume' and outcome = 'SUCCESSFUL' order by id desc limit 1`,
    );
    expect(row).toEqual({ actor: 'admin', purpose: 'run' });
  });

  it('do not stand in the error of a call that failed, nor in the record of the run', async () => {
    await secret('broken', AWKWARD_SECRET);
    const task = await allocate(server, 'fails with it', usesIt('broken', true));
    const answer = await execute(task);
    expect(answer.status).toBe(500);
    const record = await server.database.database.all(sql<object>`select r::text from run r`);
    for (const form of FORMS_OF_SECRET) expect(JSON.stringify([answer.body, record])).not.toContain(form);
  });

  it.each([
    ['that is not there', 'nothing', /no credential "nothing"/],
    ['without a value', 'empty', /no value/],
  ])('%s are a fault of the bot that says so', async (_what, name, message) => {
    if (name === 'empty')
      await send('POST', '/v2/credentialvault/credentials', {
        name,
        attributes: [{ name: 'password', userProvided: false, masked: true }],
      });
    const task = await allocate(server, `uses ${name}`, usesIt(name));
    const answer = await execute(task);
    expect(answer.status).toBe(500);
    expect(answer.body.message).toMatch(message);
  });

  it('of somebody else are not there', async () => {
    await secret('private', 'only-the-admin-knows');
    const task = await allocate(server, 'uses private', usesIt('private'));
    const other = await server.user([7, 29], 'other');
    const access = await accessTo(server, task.path, other.token);
    const answer = await execute({ ...task, ...access });
    expect(answer.status).toBe(500);
    expect(answer.body.message).toMatch(/no credential "private".* that other may use/);
    expect(JSON.stringify(answer.body)).not.toContain('only-the-admin');
  });
});

it('leaves nothing of a value in the audit log', async () => {
  const rows = await server.database.database.all(sql<{ row: string }>`select a::text as row from audit_entry a`);
  for (const form of FORMS_OF_SECRET) expect(JSON.stringify(rows)).not.toContain(form);
});
