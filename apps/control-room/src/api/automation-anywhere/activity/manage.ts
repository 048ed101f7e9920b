import { type TSchema, Type } from 'typebox';
import { MANAGE_ACTIONS, type ManageError } from '../../../domain/runs/index.ts';
import { error } from '../../../kernel/errors.ts';
import { operation } from '../../operation.ts';
import { renderError } from '../wire.ts';
import { MODULE } from './module.ts';

const Executions: TSchema = Type.Optional(
  Type.Object({ execution_ids: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1_000 })) }),
);
type Given = Readonly<Record<string, { readonly execution_ids?: readonly string[] } | undefined>>;

export const manageRuns = operation({
  name: 'manageRuns',
  summary: 'Pause, resume, stop or put away runs',
  description:
    'By activity ids or deployment ids. A stop or pause reaches a running bot within about a second; the status changes when it has. What could not be done is listed with its reason, the rest is done.',
  module: MODULE,
  method: 'POST',
  path: '/activity/manage',
  versions: [{ name: 'v3' }],
  provenance: 'observed',
  access: { anyOf: ['taskscheduling.managemyschedule', 'taskscheduling.manageeveryoneschedule'] },
  body: Type.Object({
    pause_executions: Executions,
    resume_executions: Executions,
    stop_executions: Executions,
    archive_executions: Executions,
  }),
  answer: {
    status: 200,
    schema: Type.Object({
      manage_action_errors: Type.Array(
        Type.Object({
          execution_id: Type.String(),
          error_response: Type.Object({ code: Type.String(), message: Type.String(), details: Type.String() }),
        }),
      ),
    }),
    description: 'The ids for which nothing could be done.',
  },
  handle: async ({ caller, body }, { runs }) => {
    const given = body as Given; // by the schema above
    const asked = MANAGE_ACTIONS.map((action) => ({ action, ids: given[`${action}_executions`]?.execution_ids ?? [] }));
    if (asked.every(({ ids }) => ids.length === 0)) {
      throw error('invalid', 'The request names no action with executions.', {
        details: 'expected execution_ids in pause_executions, resume_executions, stop_executions or archive_executions',
      });
    }
    const errors: ManageError[] = [];
    for (const { action, ids } of asked) errors.push(...(await runs.manage.act(caller, action, ids)));
    return { manage_action_errors: errors.map(renderManageError) };
  },
});

function renderManageError({ id, error: { code, message, details, remedy, status } }: ManageError): object {
  return { execution_id: id, error_response: renderError({ code, message, details, remedy, status }) };
}
