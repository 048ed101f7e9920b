import { Type } from 'typebox';
import { runnerOperation } from '../operation.ts';
import { originOf } from '../origin.ts';
import { RunCommand, SessionId } from './schemas.ts';

export const takeWork = runnerOperation({
  name: 'takeWork',
  summary: 'Take work, or wait for it',
  description:
    'A long poll: answers within milliseconds when there is work, with empty lists when the wait is over. A poll for items and one for runs may be held at the same time; commands about runs come with the latter.',
  method: 'POST',
  path: '/runner/v1/work',
  reads: true,
  body: Type.Object({
    sessionId: SessionId,
    capacity: Type.Integer({ minimum: 0, maximum: 1_000, description: 'How many items at most.' }),
    runs: Type.Optional(
      Type.Boolean({ description: 'Whether deployed bots are wanted; how many is known from the device’s capacity.' }),
    ),
    robots: Type.Optional(Type.Boolean({ description: 'Whether robots of processes are wanted.' })),
    waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 55 })),
    globals: Type.Optional(
      Type.String({ maxLength: 100, description: 'The hash of the global values that the runner has.' }),
    ),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      assignments: Type.Array(Type.Object({}, { additionalProperties: true })),
      runs: Type.Array(Type.Object({}, { additionalProperties: true })),
      commands: Type.Array(RunCommand),
      robots: Type.Array(Type.Object({}, { additionalProperties: true }), {
        description: 'Robots, each with its first item, its environment and a token that dies with the run.',
      }),
      globals: Type.Optional(
        Type.Object(
          { hash: Type.String(), values: Type.Record(Type.String(), Type.Unknown()) },
          { description: 'With work, when the runner has others: what its bots have as global values from now on.' },
        ),
      ),
    }),
    description:
      'Items under lease, by the bot that works them off; deployed bots; what is to be done with running ones.',
  },
  handle: async ({ runner, body, facts }, { runs, globalValues, publicUrl }) => {
    const taken = await runs.dispatch.work(runner, {
      sessionId: body.sessionId,
      items: body.capacity,
      runs: body.runs ?? false,
      robots: body.robots ?? false,
      origin: originOf(facts, publicUrl()),
      waitSeconds: body.waitSeconds ?? 0,
      signal: facts.signal,
    });
    if (taken.assignments.length + taken.runs.length === 0) return taken;
    const globals = await globalValues.forRunners();
    return globals.hash === body.globals ? taken : { ...taken, globals };
  },
});
