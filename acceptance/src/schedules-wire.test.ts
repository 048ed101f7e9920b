import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../apps/control-room/src/domain/identity/index.ts';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { bot, saveBot } from './support/bots.ts';
import { type Item, read, type Stage, schedule, setStage, twoParts, untilDecided } from './support/schedules.ts';

/** How loosely clients speak of schedules, what they index without looking, and who may do what. */
let server: TestServer;
let stage: Stage;
const base = '/v1/schedule/automations';

beforeAll(async () => {
  server = await startTestServer();
  stage = await setStage(server);
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: unknown, token = server.admin) =>
  server.call(method, path, { token, body });
const flat = (more: object): object => ({
  name: 'nightly',
  fileId: stage.fileId,
  status: 'ACTIVE',
  runAsUserIds: [String(stage.userId)],
  poolIds: [stage.poolId],
  timeZone: 'Europe/Berlin',
  startDate: '2030-01-01',
  startTime: '22:15',
  ...more,
});
const make = async (more: object, version = 'v1'): Promise<Item> => {
  const made = await call('POST', `/${version}/schedule/automations`, flat(more));
  if (made.status !== 201) throw new Error(made.text);
  return made.body;
};
const idsOf = (...wanted: string[]): number[] =>
  PERMISSIONS.filter(({ name }) => wanted.includes(name)).map(({ id }) => id);
const SCHEDULER = ['taskscheduling.addschedule', 'taskscheduling.updateschedule', 'taskscheduling.deleteschedule'];
const RUNNER = ['repositorymanager.view', 'repositorymanager.run'];

describe('a recurrence', () => {
  it.each([
    [{ scheduleType: 'NONE' }, '2030-01-01T21:15:00Z', 'NONE'],
    [{ scheduleType: 'once' }, '2030-01-01T21:15:00Z', 'NONE'],
    [{ scheduleType: 'DAILY', dailyRecurrence: { interval: '2' } }, '2030-01-01T21:15:00Z', 'DAILY'],
    [{ dailyRecurrence: {}, scheduleType: null }, '2030-01-01T21:15:00Z', 'DAILY'],
    [
      { scheduleType: 'WEEKLY', weeklyRecurrence: { interval: 1, daysOfWeek: ['Friday', 'mon'] } },
      '2030-01-04T21:15:00Z',
      'WEEKLY',
    ],
    [
      { scheduleType: 'MONTHLY', monthlyRecurrence: { interval: 1, daysOfMonth: ['31', 15] } },
      '2030-01-15T21:15:00Z',
      'MONTHLY',
    ],
    [
      { scheduleType: 'MONTHLY', monthlyRecurrence: { weekOfMonth: 'LAST', dayOfWeek: 'SUN' } },
      '2030-01-27T21:15:00Z',
      'MONTHLY',
    ],
    [
      { scheduleType: 'MONTHLY', monthlyRecurrence: { weekOfMonth: '2', dayOfWeek: 'TUESDAY', more: 1 } },
      '2030-01-08T21:15:00Z',
      'MONTHLY',
    ],
    [{ scheduleType: 'DAILY', startTime: '10:15 PM' }, '2030-01-01T21:15:00Z', 'DAILY'],
    [{ scheduleType: 'DAILY', startTime: '', startDate: '2030-01-01T21:15:00.000Z' }, '2030-01-01T21:15:00Z', 'DAILY'],
    [{ scheduleType: 'DAILY', startTime: undefined, startDate: '2030-01-01T22:15' }, '2030-01-01T21:15:00Z', 'DAILY'],
    [{ scheduleType: 'DAILY', startTime: null, endDate: '' }, '2029-12-31T23:00:00Z', 'DAILY'],
  ])('said as %j runs first at %s', async (more, next, type) => {
    const made = await make(more);
    expect(made).toMatchObject({ zonedNextRunDateTime: next, nextRunDateTime: next, scheduleType: type });
    // What was read may be sent back, and is the same then.
    const again = await call('PUT', `${base}/${made.id}`, made);
    expect(again.status, again.text).toBe(200);
    const { updatedOn: _, version: __, ...rest } = made;
    expect(again.body).toMatchObject(rest);
  });

  it.each([
    [{ scheduleType: 'HOURLY' }, /scheduleType/, /NONE, ONCE, INSTANT/],
    [{ timeZone: 'Europe/Atlantis' }, /timeZone/, /IANA/],
    [{ timeZone: '' }, /timeZone/, /nothing/],
    [{ startDate: 'tomorrow' }, /startDate/, /yyyy-MM-dd/],
    [{ startTime: '25:00' }, /startTime/, /HH:mm/],
    [{ endDate: '2029-01-01' }, /endDate/, /2030-01-01/],
    [{ scheduleType: 'WEEKLY', weeklyRecurrence: { daysOfWeek: ['SOMEDAY'] } }, /daysOfWeek/, /MON/],
    [{ scheduleType: 'DAILY', dailyRecurrence: { interval: 0 } }, /interval/, /1 to 1000/],
    [{ scheduleType: 'DAILY', repeatEnabled: true }, /runEvery/, /whole number/],
    [
      { scheduleType: 'DAILY', repeatEnabled: true, repeatOccurrence: { runEvery: 1, endTime: '21:00' } },
      /endTime/,
      /22:15/,
    ],
    [{ status: 'SLEEPING' }, /status/, /DRAFT, ACTIVE/],
    [{ name: '' }, /name/, /name/],
    [{ startDate: '2020-01-01' }, /never run/, /after/],
    [{ runAsUserIds: [987_654] }, /INVALID_ARGUMENT/, /987654/],
    [{ calendarIds: [987_654] }, /calendar/, /calendarIds/],
  ])('that cannot be, such as %j, is refused with its field and what was expected', async (more, message, details) => {
    const refused = await call('POST', base, flat(more));
    expect(refused.status, refused.text).toBe(400);
    expect(refused.body).toMatchObject({
      code: expect.any(String),
      message: expect.stringMatching(message),
      details: expect.stringMatching(details),
    });
  });
});

describe('sloppy clients', () => {
  it('send the flat form to the newer version and read id or scheduleId', async () => {
    const made = await call('POST', '/v2/schedule/automations', {
      name: 'flat',
      fileId: Number(stage.fileId),
      runAsUserIds: [stage.userId],
      startDate: '2030-05-01T08:00:00.000Z',
      timeZone: 'Asia/Tokyo',
      recurrenceType: 'DAILY',
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      scheduleId: made.body.id,
      startTime: '17:00',
      nextRunDateTime: '2030-05-01T08:00:00Z',
      status: 'ACTIVE',
    });
  });

  it('write keys in any case, ids as they like, and text behind the body', async () => {
    const body = `${JSON.stringify({ Schedule: { Name: 'odd', STATUS: 'draft', scheduletype: 'Daily', timezone: 'UTC', startdate: '2030-01-01' }, Deployment: { botid: stage.fileId, unattendedRequest: { runAsUserIds: [`${stage.userId}`], poolIds: null } } })} }`;
    const made = await call('POST', '/v2/schedule/automations', body);
    expect(made).toMatchObject({ status: 201, body: { name: 'odd', status: 'DRAFT', zonedNextRunDateTime: '' } });
  });

  it('activate and deactivate with every shape of body, and delete one or several', async () => {
    const { id } = await make({ scheduleType: 'DAILY' });
    const other = await make({ scheduleType: 'DAILY' });
    const shapes = [
      { automationIds: [id] },
      { ids: [Number(id)] },
      [id],
      { automationIds: `${id},${other.id}` },
      { id },
    ];
    for (const shape of shapes) {
      for (const [verb, status] of [
        ['deactivate', 'INACTIVE'],
        ['activate', 'ACTIVE'],
      ]) {
        const answer = await call('PUT', `${base}/${verb}`, shape);
        expect(answer.status, answer.text).toBe(200);
        expect(answer.body.list[0]).toMatchObject({ id, status });
      }
    }
    expect((await call('PUT', `${base}/activate`, {})).status).toBe(400);
    expect((await call('PUT', `${base}/deactivate`, [id, '987654'])).status).toBe(404);
    expect((await read(server, id)).status).toBe('ACTIVE');
    expect((await call('DELETE', `${base}?automationIds=${id},987654`)).status).toBe(404);
    expect((await call('DELETE', `${base}?automationIds=${id},${other.id}`)).status).toBe(204);
    expect((await call('GET', `${base}/${id}`)).status).toBe(404);
  });

  it('are told that the older version is deprecated, since when and till when, and which one replaces it', async () => {
    const { headers } = await call('POST', `${base}/list`);
    expect(headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(headers.get('sunset')).toContain('Jan 2028');
    expect(headers.get('link')).toBe('</v2/schedule/automations/list>; rel="successor-version"');
    expect((await call('POST', '/v2/schedule/automations/list')).headers.get('deprecation')).toBeNull();
  });

  it('filter and sort by the fields of the contract', async () => {
    await make({ name: 'find me', scheduleType: 'DAILY' });
    const found = await call('POST', '/v2/schedule/automations/list', {
      filter: {
        operator: 'and',
        operands: [
          { operator: 'substring', field: 'name', value: 'FIND' },
          { operator: 'eq', field: 'status', value: 'active' },
          { operator: 'eq', field: 'scheduleType', value: 'DAILY' },
          { operator: 'substring', field: 'fileName', value: 'bot of' },
          { operator: 'gt', field: 'zonedNextRunDateTime', value: '2029-01-01T00:00:00Z' },
        ],
      },
      sort: [{ field: 'zonedNextRunDateTime', direction: 'DESC' }],
    });
    expect(found.body).toMatchObject({ page: { totalFilter: 1 }, list: [{ name: 'find me' }] });
  });
});

describe('what a schedule keeps', () => {
  it('comes back: fields that mean nothing here, repetition, input', async () => {
    const said = {
      scheduleType: 'DAILY',
      description: 'why',
      repeatEnabled: true,
      repeatOccurrence: { runEvery: 90, timeUnit: 'MINUTES', endTime: '23:59' },
      setAsDefaultDevice: true,
      rdpEnabled: true,
      runElevated: true,
      hideBotAgentUi: true,
      overrideDefaultDevice: true,
      botInput: { iBatch: { type: 'STRING', string: 'B-77' } },
      misfireScheduleConfig: { a: [1] },
    };
    expect(await make(said)).toMatchObject(said);
  });

  it('hides the callback’s path and headers, and keeps them when they are sent back as shown', async () => {
    const made = await make({
      callbackInfo: { url: 'http://hook.example.test/done?key=geheim', headers: { 'X-Key': 'geheimer' } },
    });
    expect(made.callbackInfo).toEqual({ url: 'http://hook.example.test', headers: { 'X-Key': '***' } });
    const again = await call('PUT', `${base}/${made.id}`, { ...made, name: 'renamed' });
    expect(again.body).toMatchObject({ name: 'renamed', callbackInfo: made.callbackInfo });
    const { domain } = server.room;
    const { SYSTEM } = await import('../../apps/control-room/src/domain/identity/index.ts');
    expect((await domain.schedules.get(SYSTEM, Number(made.id))).launch.callback).toEqual({
      url: 'http://hook.example.test/done?key=geheim',
      headers: { 'X-Key': 'geheimer' },
    });
    const gone = await call('PUT', `${base}/${made.id}`, { callbackInfo: null });
    expect(gone.body.callbackInfo).toBeNull();
    const audit = await call('POST', '/v1/audit/messages/list', { page: { length: 1000 } });
    expect(audit.text + again.text).not.toContain('geheim');
  });

  it('is changed under its version only', async () => {
    const made = await make({ scheduleType: 'DAILY' });
    expect((await call('PUT', `${base}/${made.id}`, { name: 'new', version: 0 })).body).toMatchObject({
      version: 1,
      name: 'new',
      startTime: '22:15',
    });
    expect((await call('PUT', `${base}/${made.id}`, { name: 'newer', version: 0 })).status).toBe(409);
  });

  it('may be an API Task', async () => {
    const fileId = await saveBot(server, 'task', bot([]));
    const made = await schedule(server, {
      schedule: { name: 'task', scheduleType: 'INSTANT' },
      deployment: { botId: fileId, headlessRequest: { numberOfExecutions: 2, queueOnSlotsExhaustion: true } },
    });
    const [done] = await untilDecided(server, made.id, 1);
    expect(done).toMatchObject({ outcome: 'FIRED' });
    const runs = await call('POST', '/v3/activity/list', {
      filter: { operator: 'eq', field: 'deploymentId', value: done?.deploymentId },
    });
    expect(runs.body.list).toHaveLength(2);
    const none = await call('POST', '/v2/schedule/automations', {
      schedule: { name: 'x', scheduleType: 'INSTANT' },
      deployment: { botId: stage.fileId, headlessRequest: {} },
    });
    expect(none).toMatchObject({ status: 400, body: { message: expect.stringContaining('no API Task') } });
  });
});

describe('who may', () => {
  it('schedule: whoever has the right to, may run the bot and run as the users; in his own name', async () => {
    const may = await server.user(
      idsOf(...SCHEDULER, ...RUNNER, 'devices.edit', 'pool.administerallpools'),
      'scheduler',
    );
    const mine = await schedule(
      server,
      twoParts(stage, { scheduleType: 'DAILY', timeZone: 'UTC', startDate: '2030-01-01' }),
      may.token,
    );
    expect(mine.createdBy).toBe(String(may.id));
    const runsNothing = await server.user(idsOf(...SCHEDULER, 'repositorymanager.view'), 'runs nothing');
    const refused = await call('POST', base, flat({}), runsNothing.token);
    expect(refused).toMatchObject({ status: 403, body: { details: expect.stringContaining('repositorymanager.run') } });
    const runsAsNobody = await server.user(idsOf(...SCHEDULER, ...RUNNER), 'runs as nobody');
    expect((await call('POST', base, flat({}), runsAsNobody.token)).status).toBe(400);
    const only = await server.user(idsOf(...RUNNER), 'only runs');
    expect((await call('POST', base, flat({}), only.token)).status).toBe(403);
    const urgent = await call('POST', base, flat({ automationPriority: 'PRIORITY_HIGH' }), may.token);
    expect(urgent).toMatchObject({ status: 403, body: { details: expect.stringContaining('setautomationpriority') } });
  });

  it('see and change those of others: whoever manages all, or those of the bots that he may schedule', async () => {
    const open = await make({ name: 'open', scheduleType: 'DAILY' });
    const own = await server.user(idsOf(...SCHEDULER, ...RUNNER), 'own only');
    const folder = await server.user(
      idsOf('taskscheduling.manageallmyfolderschedules', ...RUNNER, 'devices.edit', 'pool.administerallpools'),
      'of folders',
    );
    const blind = await server.user(
      idsOf('taskscheduling.manageallmyfolderschedules', 'repositorymanager.view'),
      'of no folders',
    );
    const all = await server.user(idsOf('taskscheduling.manageallschedules'), 'of all');
    for (const [who, status] of [
      [own, 404],
      [folder, 200],
      [blind, 404],
      [all, 200],
    ] as const) {
      expect((await call('GET', `${base}/${open.id}`, undefined, who.token)).status, who.username).toBe(status);
      expect((await call('GET', `/signalbox/v1/schedules/${open.id}/forecast`, undefined, who.token)).status).toBe(
        status,
      );
    }
    const listed = await call('POST', `${base}/list`, {}, own.token);
    expect(listed.body).toMatchObject({ list: [], page: { total: 0 } });
    const changed = await call('PUT', `${base}/${open.id}`, { name: 'by another' }, folder.token);
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'by another', createdBy: '1', updatedBy: String(folder.id) },
    });
    // Managing all is no right to deploy: when it runs he may say, not what.
    expect((await call('PUT', `${base}/${open.id}`, { startTime: '08:00' }, all.token)).body).toMatchObject({
      nextRunDateTime: '2030-01-01T07:00:00Z',
    });
    const botInput = { a: { type: 'STRING', string: 'mine' } };
    expect((await call('PUT', `${base}/${open.id}`, { botInput }, all.token)).status).toBe(403);
    expect((await call('PUT', `${base}/deactivate`, [open.id], all.token)).status).toBe(200);
    expect((await call('PUT', `${base}/activate`, [open.id], all.token)).status).toBe(200);
    expect((await call('DELETE', `${base}/${open.id}`, undefined, all.token)).status).toBe(204);
  });

  it('change a calendar: whoever made it', async () => {
    const calendar = (await call('POST', '/signalbox/v1/calendars', { name: 'admin’s', daysOfWeek: ['SUN'] })).body;
    const other = await server.user(idsOf(...SCHEDULER), 'no owner');
    expect((await call('GET', `/signalbox/v1/calendars/${calendar.id}`, undefined, other.token)).body).toEqual(
      calendar,
    );
    expect((await call('PUT', `/signalbox/v1/calendars/${calendar.id}`, { name: 'x' }, other.token)).status).toBe(403);
    expect((await call('DELETE', `/signalbox/v1/calendars/${calendar.id}`, undefined, other.token)).status).toBe(403);
  });
});

describe('a schedule that is sent back with one field changed', () => {
  it('has that field changed and nothing else, whichever shape the field has', async () => {
    const made = await schedule(server, {
      schedule: {
        name: 'whole',
        scheduleType: 'WEEKLY',
        timeZone: 'UTC',
        startDate: '2030-01-01',
        weeklyRecurrence: { daysOfWeek: ['TUE'] },
      },
      deployment: {
        botId: stage.fileId,
        botInput: { a: { type: 'STRING', string: 'x' } },
        callbackInfo: { url: 'http://hook.example.test/path', headers: { A: 'b' } },
        unattendedRequest: {
          runAsUserIds: [stage.userId],
          poolIds: [stage.poolId],
          deviceUsageType: 'RUN_ON_POOL_DEVICES',
        },
      },
    });
    const send = async (change: object): Promise<Item> => {
      const answer = await call('PUT', `/v2/schedule/automations/${made.id}`, {
        ...made,
        version: undefined,
        ...change,
      });
      expect(answer.status, answer.text).toBe(200);
      return answer.body;
    };
    const volatile = { version: expect.anything(), updatedOn: expect.anything() };
    expect(await send({ name: 'other' })).toEqual({ ...made, ...volatile, name: 'other', activityName: 'other' });
    expect(await send({ startTime: '10:00' })).toMatchObject({
      startTime: '10:00',
      scheduleType: 'WEEKLY',
      deployment: made.deployment,
    });
    expect(await send({ botInput: {} })).toMatchObject({
      botInput: {},
      deployment: { ...made.deployment, botInput: {} },
    });
    const nested = { ...made.deployment, automationPriority: 'PRIORITY_LOW' };
    expect(await send({ deployment: nested })).toMatchObject({
      automationPriority: 'PRIORITY_LOW',
      callbackInfo: made.callbackInfo,
    });
  });
});
