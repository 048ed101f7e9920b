import { Type } from 'typebox';
import type { Domain } from '../../../domain/index.ts';
import { ITEM_STATES, type ItemFile, type ProcessItem } from '../../../domain/processes/index.ts';
import { EXCEPTION_TYPES } from '../../../domain/work/index.ts';
import type { CallFacts } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { Moment, moment, Nullable, Reference, v1 } from '../wire.ts';

/* Contract robocorp §4.8. */

export const declared = { module: 'Work Items', versions: v1, provenance: 'documented' } as const;
export const reads = { workspace: 'Processes.read_work_items' } as const;
export const writes = { workspace: 'Processes.write_work_items' } as const;

export const State = Type.Enum([...ITEM_STATES]);

export const FileShown = Type.Object({
  id: Type.String(),
  size: Type.Number({ description: 'Bytes.' }),
  name: Type.String(),
  download: Type.Object({ url: Type.String({ description: 'For an hour, without Authorization.' }) }),
});

const listed = {
  id: Type.String(),
  created_at: Moment,
  state: State,
  state_updated_at: Nullable(Moment),
  process: Reference,
  process_run: Nullable(Reference),
  step: Nullable(Reference),
  step_run: Nullable(Reference),
  exception: Nullable(
    Type.Object({ code: Type.String(), type: Type.Enum([...EXCEPTION_TYPES]), message: Type.String() }),
  ),
};
export const ListedItem = Type.Object(listed);
export const WorkItemShown = Type.Object({ ...listed, payload: Type.Unknown(), files: Type.Array(FileShown) });

export function renderListed(item: ProcessItem): object {
  return {
    id: String(item.id),
    created_at: moment(item.createdOn),
    state: item.state,
    state_updated_at: moment(item.stateUpdatedOn),
    process: { id: item.processId },
    process_run: referenceTo(item.processRunId),
    step: referenceTo(item.stepId),
    step_run: referenceTo(item.stepRunId),
    exception: item.exception && {
      code: item.exception.code,
      type: item.exception.type,
      message: item.exception.message,
    },
  };
}

export async function render(item: ProcessItem, facts: Pick<CallFacts, 'headers'>, domain: Domain): Promise<object> {
  return { ...renderListed(item), payload: item.payload, files: await renderFiles(item.files, facts, domain) };
}

export function renderFiles(
  files: readonly ItemFile[],
  facts: Pick<CallFacts, 'headers'>,
  domain: Domain,
): Promise<object[]> {
  return Promise.all(
    files.map(async ({ id, size, name }) => ({
      id,
      size,
      name,
      download: { url: await linkTo(domain.processes.files.downloadTicket(id), facts, domain) },
    })),
  );
}

const referenceTo = (id: string | null): object | null => (id === null ? null : { id });
