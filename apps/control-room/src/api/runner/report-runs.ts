import { Type } from 'typebox';
import { RUN_OUTCOMES } from '../../domain/runs/index.ts';
import { runnerOperation } from '../operation.ts';
import { HeldRun, Moment, SessionId } from './schemas.ts';

const MOST = { maxItems: 10_000 };
/** Longer messages are cut. */
const LONGEST_MESSAGE = 10_000;

export const reportRuns = runnerOperation({
  name: 'reportRuns',
  summary: 'Report begun, paused, resumed, ended and handed-back runs, how far bots have come and what they said',
  description:
    'A bot begins when the answer to its `started` names it, and not before: from then on nobody else is given the run. May be repeated: whatever names a version that is no longer current changes nothing, and the ids of such results are listed as refused. Log lines are numbered within their run; one that is told again is kept once. Results need no living session.',
  method: 'POST',
  path: '/runner/v1/runs/report',
  reads: true,
  body: Type.Object({
    sessionId: SessionId,
    started: Type.Optional(
      Type.Array(
        Type.Object({ ...HeldRun.properties, startTime: Moment, totalLines: Type.Optional(Type.Integer()) }),
        MOST,
      ),
    ),
    paused: Type.Optional(Type.Array(Type.Object({ ...HeldRun.properties, paused: Type.Boolean() }), MOST)),
    progress: Type.Optional(
      Type.Array(
        Type.Object({
          ...HeldRun.properties,
          botPath: Type.String({ maxLength: 2_000 }),
          line: Type.Integer(),
          steps: Type.Integer(),
          percent: Type.Integer({ minimum: 0, maximum: 100 }),
        }),
        MOST,
      ),
    ),
    results: Type.Optional(
      Type.Array(
        Type.Object({
          ...HeldRun.properties,
          status: Type.Enum([...RUN_OUTCOMES]),
          message: Type.Optional(Type.String()),
          line: Type.Optional(Type.Integer()),
          botPath: Type.Optional(Type.String({ maxLength: 2_000 })),
          outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          totalLines: Type.Optional(Type.Integer()),
          startTime: Type.Optional(Moment),
          endTime: Type.Optional(Moment),
          deviceFault: Type.Optional(
            Type.Boolean({ description: 'It went wrong because of the device, whatever the bot.' }),
          ),
        }),
        MOST,
      ),
    ),
    handedBack: Type.Optional(Type.Array(HeldRun, MOST)),
    logs: Type.Optional(
      Type.Array(
        Type.Object({
          id: HeldRun.properties.id,
          number: Type.Integer({ minimum: 1 }),
          occurredOn: Moment,
          level: Type.String({ maxLength: 20 }),
          text: Type.String(),
        }),
        MOST,
      ),
    ),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      accepted: Type.Integer(),
      refused: Type.Array(Type.String()),
      begun: Type.Array(Type.String(), { description: 'Those of `started` that may run their first line.' }),
    }),
    description: 'How many results counted; the ids of those that did not.',
  },
  handle: async ({ runner: { deviceId }, body }, { runs }) => {
    const begun = await runs.claims.start(
      deviceId,
      (body.started ?? []).map(({ totalLines = 0, ...run }) => ({ ...run, totalLines })),
    );
    await runs.claims.setPaused(deviceId, body.paused ?? []);
    await runs.progress.write(deviceId, body.progress ?? []);
    await runs.logs.write(deviceId, body.logs ?? []);
    const results = (body.results ?? []).map(
      ({
        message = '',
        line = null,
        botPath = null,
        outputs = null,
        totalLines = null,
        startTime = null,
        endTime = null,
        deviceFault = false,
        ...rest
      }) => ({
        ...rest,
        message: message.slice(0, LONGEST_MESSAGE),
        line,
        botPath,
        outputs,
        totalLines,
        startTime,
        endTime,
        deviceFault,
      }),
    );
    const counted = await runs.claims.finish(deviceId, results);
    await runs.claims.handBack(deviceId, body.handedBack ?? []);
    return {
      accepted: counted.size,
      refused: results.filter(({ id }) => !counted.has(id)).map(({ id }) => id),
      begun: [...begun],
    };
  },
});
