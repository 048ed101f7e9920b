import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { Anything, ids, v1Only } from '../wire.ts';
import { FILE, MODULE, mayView } from './access.ts';

export const getBotInterface = operation({
  name: 'getBotInterface',
  summary: 'Read what a bot takes in and gives out',
  module: MODULE,
  method: 'GET',
  path: '/filecontent/{fileId}/interface',
  versions: v1Only,
  provenance: 'observed',
  access: mayView,
  objects: FILE,
  params: ids('fileId'),
  answer: {
    status: 200,
    schema: Type.Object({
      variables: Type.Array(
        Type.Object({
          name: Type.String(),
          input: Type.Boolean(),
          output: Type.Boolean(),
          type: Type.String(),
          description: Type.String(),
          defaultValue: Anything,
        }),
      ),
    }),
    description: 'Its input and output variables.',
  },
  handle: async ({ caller, params }, { repository }) => ({
    variables: await repository.botInterface(caller, params.fileId),
  }),
});
