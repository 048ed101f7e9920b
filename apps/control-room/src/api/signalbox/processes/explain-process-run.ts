import { Type } from 'typebox';
import { processRunAsShown } from '../../../domain/processes/index.ts';
import { operation } from '../../operation.ts';
import { ExplanationAnswer, renderExplanation } from '../explain.ts';
import { declared, inWorkspace, workspaceParams } from '../workspaces/declared.ts';

export const explainProcessRun = operation({
  ...declared,
  ...inWorkspace,
  name: 'explainProcessRun',
  summary: 'How each step of a process run stands, and why it does not go on',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/workspaces/{workspaceId}/process-runs/{processRunId}/explain',
  params: workspaceParams({ processRunId: Type.String({ maxLength: 100 }) }),
  answer: {
    status: 200,
    schema: Type.Object({
      processRun: Type.Object({}, { additionalProperties: true }),
      steps: Type.Array(
        Type.Object({
          step: Type.Object({ id: Type.String(), name: Type.String() }),
          waiting: Type.Integer(),
          inProgress: Type.Integer(),
          done: Type.Integer(),
          failed: Type.Integer(),
          stepRuns: Type.Integer({ description: 'Robots at work, or waiting for a worker.' }),
          explanation: ExplanationAnswer,
        }),
      ),
    }),
    description: 'The run, step by step.',
  },
  handle: async ({ caller, params }, { workspaces, processes }) => {
    const client = await workspaces.enter(caller, params.workspaceId);
    const { run, steps } = await processes.explaining.run(client, params.processRunId);
    return {
      processRun: processRunAsShown(run),
      steps: steps.map(({ explanation, ...step }) => ({ ...step, explanation: renderExplanation(explanation) })),
    };
  },
});
