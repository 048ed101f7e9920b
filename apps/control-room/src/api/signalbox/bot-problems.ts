import { Type } from 'typebox';
import { ids } from '../automation-anywhere/wire.ts';
import { operation } from '../operation.ts';

export const botProblems = operation({
  name: 'listBotProblems',
  summary: 'What the checker says of a bot',
  description:
    'Of the bot and all the bots it calls, with editor lines. Errors keep it from running, warnings may not be meant. A bot is checked as what it is: an API Task may use less than a task bot.',
  module: 'Bots',
  method: 'GET',
  path: '/signalbox/v1/bots/{id}/problems',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: { anyOf: ['repositorymanager.view'] },
  objects: { id: { kind: 'repositoryEntry', visibleTo: 'everyone' } },
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({
      problems: Type.Array(
        Type.Object({
          botPath: Type.String(),
          line: Type.Integer({ description: '0 for the whole document.' }),
          code: Type.String({ description: 'For machines; stable.' }),
          severity: Type.Enum(['error', 'warning']),
          message: Type.String(),
        }),
      ),
    }),
    description: 'In the order of the lines; empty when there is nothing to say.',
  },
  handle: async ({ caller, params }, { repository }) => {
    const problems = await repository.problems(caller, params.id);
    return {
      problems: problems.map(({ botPath, line, code, severity, message }) => ({
        botPath,
        line,
        code,
        severity,
        message,
      })),
    };
  },
});
