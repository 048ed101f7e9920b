import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { HeldItem, SessionId } from './schemas.ts';

const Moment = Type.String({ maxLength: 40 });

export const report = runnerOperation({
  name: 'reportWork',
  summary: 'Report begun, ended and handed-back items, how far bots have come and what they said',
  description:
    'May be repeated: a result under a version that is no longer current changes nothing and is listed as refused. Results need no living session, so that what a runner did while the server was away still counts if nobody else has the item.',
  method: 'POST',
  path: '/runner/v1/report',
  reads: true,
  body: Type.Object({
    sessionId: SessionId,
    started: Type.Optional(
      Type.Array(Type.Object({ ...HeldItem.properties, startTime: Moment }), { maxItems: 10_000 }),
    ),
    results: Type.Optional(
      Type.Array(
        Type.Object({
          ...HeldItem.properties,
          status: Type.Enum(['COMPLETED', 'FAILED']),
          result: Type.Optional(Type.String()),
          error: Type.Optional(Type.String()),
          output: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          startTime: Type.Optional(Moment),
          endTime: Type.Optional(Moment),
        }),
        { maxItems: 10_000 },
      ),
    ),
    progress: Type.Optional(
      Type.Array(
        Type.Object({
          ...HeldItem.properties,
          botPath: Type.String({ maxLength: 2_000 }),
          line: Type.Integer(),
          steps: Type.Integer(),
        }),
        { maxItems: 10_000 },
      ),
    ),
    handedBack: Type.Optional(Type.Array(HeldItem, { maxItems: 10_000 })),
    logs: Type.Optional(
      Type.Array(
        Type.Object({
          workItemId: Type.Integer(),
          occurredOn: Moment,
          level: Type.String({ maxLength: 20 }),
          text: Type.String(),
        }),
        { maxItems: 10_000 },
      ),
    ),
  }),
  answer: {
    status: 200,
    schema: Type.Object({ accepted: Type.Integer(), refused: Type.Array(Type.Integer()) }),
    description: 'How many results counted; the ids of those that did not.',
  },
  handle: async ({ runner, body }, { work, runs }) => {
    await work.claims.start(runner.deviceId, body.started ?? []);
    const results = (body.results ?? []).map(
      ({ result = '', error = null, output = null, startTime = null, endTime = null, ...rest }) => ({
        ...rest,
        result: result.slice(0, 10_000),
        error: error?.slice(0, 10_000) ?? null,
        output,
        startTime,
        endTime,
      }),
    );
    const verdicts = await work.claims.finish(runner.deviceId, results);
    await work.claims.handBack(runner.deviceId, body.handedBack ?? []);
    await runs.itemProgress.write(runner, body.progress ?? []);
    await runs.itemLogs.write(runner, body.logs ?? []);
    const refused = results.filter((_, i) => !verdicts[i]?.accepted).map(({ id }) => id);
    return { accepted: results.length - refused.length, refused };
  },
});
