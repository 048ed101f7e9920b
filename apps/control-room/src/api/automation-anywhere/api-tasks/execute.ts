import { Type } from 'typebox';
import { Content, taskOperation } from '../../operation.ts';
import { AnyObject, Id } from '../wire.ts';
import { EXECUTE_PATH, MODULE, withoutVersion } from './declared.ts';

/**
 * The hot path of API Tasks (contract b §2.6). The body goes to the bot's thread as it came and the answer comes from there
 * as text, so that this thread parses and prints nothing. `npm run bench api-tasks` compares it with a bare Fastify handler.
 */
export const execute = taskOperation({
  name: 'executeApiTask',
  summary: 'Execute an API Task and get its outputs',
  description:
    'The token is that of the access details. The answer comes when the bot has ended. 429 with Retry-After over the limit, 500 with the line of a bot that failed, 504 with the id of a run that took too long. Not stored under an Idempotency-Key.',
  module: MODULE,
  method: 'POST',
  path: EXECUTE_PATH,
  versions: withoutVersion,
  provenance: 'documented',
  reads: true,
  hot: true,
  params: Type.Object({ fileId: Id }),
  refuses: [404, 429, 500, 503, 504],
  answer: {
    status: 200,
    schema: Type.Object({ hotBotResult: Type.Object({ botOutput: AnyObject }) }),
    description: 'The values of the output variables.',
  },
  handle: async ({ task, params, body, facts }, { apiTasks }) =>
    new Content(
      await apiTasks.execute(task, params.fileId, body.toString('utf8'), (listener) => facts.onHangUp(listener)),
      'application/json; charset=utf-8',
    ),
});
