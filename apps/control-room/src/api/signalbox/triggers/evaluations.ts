import { type TSchema, Type } from 'typebox';
import { EVALUATION_OUTCOMES, type KeptEvaluation } from '../../../domain/triggers/index.ts';
import { mayView, TRIGGER } from '../../automation-anywhere/triggers/access.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { operation } from '../../operation.ts';
import { ExplanationAnswer, renderExplanation } from '../explain.ts';

const EvaluationAnswer: TSchema = Type.Object({
  outcome: Type.Enum([...EVALUATION_OUTCOMES]),
  saw: Type.Unknown({ description: 'What there was to see, by the kind of the trigger.' }),
  why: Type.String({ description: 'Why it did not act, or was refused; empty when it acted.' }),
  deploymentId: Type.Union([Type.String(), Type.Null()], { description: 'Of a process the id of its run.' }),
  times: Type.Integer({ description: 'So many times in a row it came to the same.' }),
  lookedOn: Type.String(),
});

export const getEvaluations = operation({
  module: 'Triggers',
  versions: [{ name: '' }],
  provenance: 'extension',
  name: 'getTriggerEvaluations',
  summary: 'What a trigger saw when it was looked at, and what came of it',
  method: 'GET',
  path: '/signalbox/v1/triggers/{id}/evaluations',
  access: mayView,
  objects: TRIGGER,
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ list: Type.Array(EvaluationAnswer) }),
    description: 'The newest first; 200 are kept.',
  },
  handle: async ({ caller, params }, { triggers }) => ({
    list: (await triggers.evaluations(caller, params.id)).map(render),
  }),
});

export const explainTrigger = operation({
  module: 'Explain',
  versions: [{ name: '' }],
  provenance: 'extension',
  name: 'explainTrigger',
  summary: 'Why a trigger has not acted',
  method: 'GET',
  path: '/signalbox/v1/explain/triggers/{id}',
  access: mayView,
  objects: TRIGGER,
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'The trigger, what it saw last, and its reason.',
  },
  handle: async ({ caller, params }, { triggers }) => {
    const { trigger, last, explanation } = await triggers.explain(caller, params.id);
    const { id, name, kind, status, firings, version } = trigger;
    return {
      trigger: { id: String(id), name, kind, status, firings, version },
      last: last ? render(last) : null,
      explanation: renderExplanation(explanation),
    };
  },
});

function render({ lookedOn, ...rest }: KeptEvaluation): object {
  return { ...rest, lookedOn: lookedOn.toString() };
}
