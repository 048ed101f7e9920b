import type { Operation, Provenance, Version } from '../../operation.ts';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { ids } from '../wire.ts';
import { mayManage, mayView, TRIGGER } from './access.ts';
import {
  ChangedTriggerBody,
  changeTrigger,
  NewTriggerBody,
  readTrigger,
  renderTrigger,
  TriggerAnswer,
} from './trigger-body.ts';

interface Place {
  /** Before the names of the operations' things. */
  readonly thing: string;
  readonly path: string;
  readonly versions: readonly Version[];
  readonly provenance: Provenance;
}

/**
 * The calls about event triggers. The vendor's are known to exist, their paths and bodies are not (contract a §12.2): they
 * stand at the paths that the contract chose, and as our own extension, which has more beside them.
 */
export function eventTriggerOperations({ thing, path, versions, provenance }: Place): readonly Operation[] {
  const declared = { module: 'Triggers', versions, provenance } as const;
  return [
    operation({
      ...declared,
      name: `create${thing}`,
      summary: 'Have a bot deployed when something happens',
      description:
        'It acts in the name of whoever creates it, with the rights that he has then, and once for each event. A webhook takes no call before a secret was made for it.',
      method: 'POST',
      path,
      access: mayManage,
      refuses: [404],
      body: NewTriggerBody,
      answer: { status: 201, schema: TriggerAnswer, description: 'The trigger.' },
      handle: async ({ caller, body }, { triggers, publicUrl }) =>
        renderTrigger(await triggers.create(caller, readTrigger(body)), publicUrl),
    }),
    operation({
      ...declared,
      name: `list${thing}s`,
      summary: 'List event triggers',
      description: 'One’s own; with the right to view or manage event triggers all.',
      method: 'POST',
      path: `${path}/list`,
      access: mayView,
      reads: true,
      body: ListBody,
      answer: { status: 200, schema: listOf(TriggerAnswer), description: 'One page of triggers.' },
      handle: async ({ caller, body }, { triggers, publicUrl }) => {
        const request = readListRequest(body);
        return renderList(await triggers.list(caller, request), request, (trigger) =>
          renderTrigger(trigger, publicUrl),
        );
      },
    }),
    operation({
      ...declared,
      name: `get${thing}`,
      summary: 'Read an event trigger',
      method: 'GET',
      path: `${path}/{id}`,
      access: mayView,
      objects: TRIGGER,
      params: ids('id'),
      answer: { status: 200, schema: TriggerAnswer, description: 'The trigger.' },
      handle: async ({ caller, params }, { triggers, publicUrl }) =>
        renderTrigger(await triggers.get(caller, params.id), publicUrl),
    }),
    operation({
      ...declared,
      name: `update${thing}`,
      summary: 'Change an event trigger',
      description:
        'What is not named stays; the kind does. It goes on acting in the name of whoever created it; whoever says what it deploys must be allowed to deploy that himself.',
      method: 'PUT',
      path: `${path}/{id}`,
      access: mayManage,
      objects: TRIGGER,
      params: ids('id'),
      refuses: [409],
      body: ChangedTriggerBody,
      answer: { status: 200, schema: TriggerAnswer, description: 'The trigger as it is now.' },
      handle: async ({ caller, params, body }, { triggers, publicUrl }) => {
        const change = (before: Parameters<typeof changeTrigger>[0]) => changeTrigger(before, body);
        return renderTrigger(await triggers.update(caller, params.id, change, body.version), publicUrl);
      },
    }),
    operation({
      ...declared,
      name: `delete${thing}`,
      summary: 'Delete an event trigger',
      description: 'With what it remembers. What it has deployed goes on.',
      method: 'DELETE',
      path: `${path}/{id}`,
      access: mayManage,
      objects: TRIGGER,
      params: ids('id'),
      answer: { status: 204 },
      handle: ({ caller, params }, { triggers }) => triggers.remove(caller, params.id),
    }),
  ];
}
