import { Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import { runnerOperation } from '../operation.ts';

export const getBundle = runnerOperation({
  name: 'getBotBundle',
  summary: 'Fetch a bot with all the bots it calls',
  method: 'GET',
  path: '/runner/v1/bundles/{fileId}',
  params: Type.Object({ fileId: Type.Integer({ minimum: 1 }) }),
  answer: {
    status: 200,
    schema: Type.Object({
      fileId: Type.Integer(),
      path: Type.String(),
      hash: Type.String(),
      files: Type.Array(Type.Object({ path: Type.String(), content: Type.String() })),
    }),
    description: 'The bundle as it is now. Of public bots only.',
  },
  handle: async ({ params }, { repository }) => {
    const { bundles } = repository;
    const bundle = (await bundles.isPublic(params.fileId)) ? await bundles.get(params.fileId) : undefined;
    if (!bundle) throw error('notFound', `There is no bot with the id ${params.fileId}.`);
    return bundle;
  },
});
