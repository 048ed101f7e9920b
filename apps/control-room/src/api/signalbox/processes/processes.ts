import { type Static, Type } from 'typebox';
import type { Process, ProcessSettings } from '../../../domain/processes/index.ts';
import { operation } from '../../operation.ts';
import {
  inWorkspace,
  Name,
  WorkspaceParams,
  declared as workspaceDeclared,
  workspaceParams,
} from '../workspaces/declared.ts';
import { explainProcessRun } from './explain-process-run.ts';
import { receiveMail } from './receive-mail.ts';

/* Processes are made here: the vendor's own page does it, and no call of his does. */

const declared = { ...workspaceDeclared, ...inWorkspace, module: 'Processes' } as const;
const processParams = workspaceParams({ processId: Type.String({ maxLength: 100 }) });
const path = '/signalbox/v1/workspaces/{workspaceId}/processes';

const StepBody = Type.Object({
  id: Type.Optional(Type.String({ maxLength: 100, description: 'Of a step that is there and stays.' })),
  name: Name,
  taskPackageId: Type.String({ maxLength: 100 }),
  taskName: Type.Optional(Type.String({ maxLength: 255, description: 'May be left out where there is only one.' })),
  workerId: Type.Optional(Type.String({ maxLength: 100, description: 'Runs on this worker only.' })),
  workerGroupId: Type.Optional(Type.String({ maxLength: 100, description: 'Runs on workers of this group only.' })),
  environment: Type.Optional(Type.Record(Type.String({ maxLength: 255 }), Type.String({ maxLength: 30_000 }))),
  maxParallel: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
  waitForAll: Type.Optional(
    Type.Boolean({ description: 'Begins when every item of the steps before has ended, well or badly.' }),
  ),
  retries: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 10, description: 'For items that fail and whose data are not to blame.' }),
  ),
  onLost: Type.Optional(
    Type.Enum(['RETRY', 'UNKNOWN'], { description: 'What becomes of an item whose robot is lost.' }),
  ),
  queueId: Type.Optional(Type.Integer({ minimum: 1, description: 'Works off this queue instead of one of its own.' })),
});

const Mail = Type.Object(
  { parse: Type.Optional(Type.Boolean()), start: Type.Optional(Type.Boolean()) },
  {
    description:
      'What becomes of a mail that comes to the process: it is read into the payload and files of a work item, and a run begins with it. Both when absent.',
  },
);

const Body = Type.Object({
  name: Name,
  description: Type.Optional(Type.String({ maxLength: 2_000 })),
  defaultPayload: Type.Optional(Type.Unknown({ description: 'What a run without data begins with.' })),
  mail: Type.Optional(Mail),
  steps: Type.Array(StepBody, { minItems: 1, maxItems: 100 }),
});

const Shown = Type.Object(
  { id: Type.String(), name: Type.String(), steps: Type.Array(Type.Object({}, { additionalProperties: true })) },
  { additionalProperties: true },
);

const createProcess = operation({
  ...declared,
  name: 'createProcess',
  summary: 'Make a process',
  description:
    'Each step is given its robot, its place and its rules, and has a queue of its own that both wires see. Outputs of a step are the inputs of the next.',
  method: 'POST',
  path,
  params: WorkspaceParams,
  body: Body,
  answer: { status: 201, schema: Shown, description: 'The process.' },
  handle: async ({ caller, params, body }, { workspaces, processes }) =>
    render(await processes.create(await workspaces.enter(caller, params.workspaceId), settingsOf(body))),
});

const getProcess = operation({
  ...declared,
  name: 'getProcess',
  summary: 'Read a process with its steps',
  method: 'GET',
  path: `${path}/{processId}`,
  params: processParams,
  answer: { status: 200, schema: Shown, description: 'The process.' },
  handle: async ({ caller, params }, { workspaces, processes }) =>
    render(await processes.get(await workspaces.enter(caller, params.workspaceId), params.processId)),
});

const updateProcess = operation({
  ...declared,
  name: 'updateProcess',
  summary: 'Change a process',
  description: 'Steps that are named by their id stay with their items; the others are made, and those left out go.',
  method: 'PUT',
  path: `${path}/{processId}`,
  params: processParams,
  body: Type.Object({
    name: Type.Optional(Body.properties.name),
    description: Body.properties.description,
    defaultPayload: Body.properties.defaultPayload,
    mail: Body.properties.mail,
    steps: Type.Optional(Body.properties.steps),
  }),
  answer: { status: 200, schema: Shown, description: 'The process.' },
  handle: async ({ caller, params, body }, { workspaces, processes }) =>
    render(
      await processes.update(await workspaces.enter(caller, params.workspaceId), params.processId, settingsOf(body)),
    ),
});

const deleteProcess = operation({
  ...declared,
  name: 'deleteProcess',
  summary: 'Delete a process with its runs, its queues and their items',
  method: 'DELETE',
  path: `${path}/{processId}`,
  params: processParams,
  answer: { status: 204 },
  handle: async ({ caller, params }, { workspaces, processes }) =>
    processes.remove(await workspaces.enter(caller, params.workspaceId), params.processId),
});

export const processExtensionOperations = [
  createProcess,
  getProcess,
  updateProcess,
  deleteProcess,
  receiveMail,
  explainProcessRun,
];

/** What was not said stays unsaid: the schema's optional properties may be undefined, the domain's as well. */
function settingsOf<Given extends Partial<Static<typeof Body>>>(body: Given): Given & Partial<ProcessSettings> {
  return body;
}

function render({ createdOn, workspaceId: _, ...process }: Process): object {
  return {
    ...process,
    steps: process.steps.map(({ deviceId, position: _position, ...step }) => ({
      ...step,
      workerId: deviceId === null ? null : String(deviceId),
    })),
    createdOn: createdOn.toString(),
  };
}
