import { Type } from 'typebox';
import { error, SignalboxError } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { executeUrl, MODULE, mayRun, withoutVersion } from './declared.ts';

const MOST_PATHS = 100;

/** URL and token of API Tasks (seed documents 002 and 004, contract b §2.4). */
export const accessDetails = operation({
  name: 'generateApiTaskAccessDetails',
  summary: 'Get the URL and the token to execute API Tasks with',
  description:
    'The keys of the answer are the paths byte for byte as they were asked for. Refresh about every 5 minutes.',
  module: MODULE,
  method: 'POST',
  path: '/orchestrator/v1/hotbot/config/accessdetails',
  versions: withoutVersion,
  provenance: 'documented',
  access: mayRun,
  // Tokens do not belong into the table of kept answers, and asking again is how they are refreshed.
  reads: true,
  refuses: [404],
  body: Type.Object({
    botRepositoryPath: Type.Array(Type.String({ maxLength: 2_000 }), { minItems: 1, maxItems: MOST_PATHS }),
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      accessDetails: Type.Record(
        Type.String(),
        Type.Object({ url: Type.String(), headers: Type.Object({ 'X-Authorization': Type.String() }) }),
      ),
      errors: Type.Record(Type.String(), Type.String()),
    }),
    description: 'By path: where to call and with what; or why not.',
  },
  handle: async ({ caller, body }, { apiTasks, publicUrl }) => {
    // Without prototype: a path may be called anything.
    const accessDetails: Record<string, unknown> = Object.create(null);
    const errors: Record<string, string> = Object.create(null);
    for (const path of body.botRepositoryPath) {
      try {
        const { fileId, token } = await apiTasks.access(caller, path);
        accessDetails[path] = { url: executeUrl(publicUrl(), fileId), headers: { 'X-Authorization': token } };
      } catch (cause) {
        if (!(cause instanceof SignalboxError) || cause.status !== 404) throw cause;
        errors[path] = cause.message;
      }
    }
    if (Object.keys(accessDetails).length === 0) {
      const reasons = Object.entries(errors).map(([path, reason]) => `${path}: ${reason}`);
      throw error('notFound', 'None of the API Tasks is there and allocated.', {
        details: reasons.slice(0, 10).join('; '),
      });
    }
    return { accessDetails, errors };
  },
});
