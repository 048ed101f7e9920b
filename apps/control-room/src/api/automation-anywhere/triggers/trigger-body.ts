import { type Static, type TSchema, Type } from 'typebox';
import {
  END_STATUSES,
  type NewTrigger,
  readSettings,
  TRIGGER_KINDS,
  TRIGGER_STATUSES,
  type Trigger,
} from '../../../domain/triggers/index.ts';
import { changeLaunch, LaterBody, readLater } from '../deploy/launch-body.ts';
import { renderLaunch } from '../deploy/render-launch.ts';
import { Id } from '../wire.ts';

const fields = {
  description: Type.Optional(Type.String({ maxLength: 4_000 })),
  status: Type.Optional(Type.Enum([...TRIGGER_STATUSES])),
  inputVariable: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description:
        'The input variable of the bot that takes what happened as a text: the body of a webhook as it came, of all others JSON. triggerEvent when absent. A process without payloads has it as its payload, with payloads in this field of each.',
    }),
  ),
};
const Settings = Type.Object({
  queueId: Type.Optional(Id),
  atLeast: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'QUEUE_DEPTH: so many items wait.' }),
  ),
  rearmBelow: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'It acts again only after fewer have waited; atLeast when absent.',
    }),
  ),
  pauseSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 31_536_000 })),
  folderId: Type.Optional(Id),
  includeSubfolders: Type.Optional(Type.Boolean()),
  namePattern: Type.Optional(Type.String({ maxLength: 255, description: 'FILE_SAVED: with * and ?, such as *.csv.' })),
  scheduleId: Type.Optional(Id),
  fileId: Type.Optional(Id),
  statuses: Type.Optional(
    Type.Array(Type.String({ maxLength: 40 }), {
      description: `The end of runs: ${END_STATUSES.join(', ')}; any when absent.`,
    }),
  ),
});

export const NewTriggerBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255 }),
  kind: Type.Enum([...TRIGGER_KINDS]),
  settings: Type.Optional(Settings),
  deployment: LaterBody,
  ...fields,
});
export const ChangedTriggerBody = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  settings: Type.Optional(Settings),
  deployment: Type.Optional(LaterBody),
  ...fields,
  version: Type.Optional(Type.Integer({ minimum: 0, description: 'Where it is given, only this one is changed.' })),
});

/** @throws invalid */
export function readTrigger(body: Static<typeof NewTriggerBody>): NewTrigger {
  const { name, description = '', status = 'ACTIVE', inputVariable = 'triggerEvent' } = body;
  const settings = readSettings(body.kind, body.settings ?? {});
  return { name, description, status, inputVariable, settings, launch: readLater(body.deployment) };
}

/** What is not named stays. @throws invalid */
export function changeTrigger(before: Trigger, body: Static<typeof ChangedTriggerBody>): NewTrigger {
  const { name, description, status, inputVariable, deployment } = body;
  return {
    name: name ?? before.name,
    description: description ?? before.description,
    status: status ?? before.status,
    inputVariable: inputVariable ?? before.inputVariable,
    settings: body.settings ? readSettings(before.kind, body.settings) : before.settings,
    launch: deployment ? changeLaunch(before.launch, deployment) : before.launch,
  };
}

export const TriggerAnswer: TSchema = Type.Object(
  { id: Type.String(), name: Type.String(), status: Type.String(), kind: Type.String(), settings: Type.Unknown() },
  { additionalProperties: true },
);

export function renderTrigger(trigger: Trigger, publicUrl: () => string): object {
  const { kind, ...settings } = trigger.settings;
  return {
    id: String(trigger.id),
    name: trigger.name,
    description: trigger.description,
    status: trigger.status,
    kind,
    settings: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        name.endsWith('Id') && value !== null ? String(value) : value,
      ]),
    ),
    inputVariable: trigger.inputVariable,
    ...(kind === 'WEBHOOK' ? { hookUrl: hookUrl(publicUrl, trigger.hookId), hasSecret: trigger.hasSecret } : {}),
    ...(kind === 'QUEUE_DEPTH' ? { armed: trigger.armed } : {}),
    deployment: renderLaunch(trigger.launch),
    fileName: trigger.fileName,
    firings: trigger.firings,
    lastFiredOn: trigger.lastFiredOn?.toString() ?? null,
    createdBy: String(trigger.createdBy),
    createdOn: trigger.createdOn.toString(),
    updatedBy: String(trigger.updatedBy),
    updatedOn: trigger.updatedOn.toString(),
    version: trigger.version,
  };
}

export const hookUrl = (publicUrl: () => string, hookId: string): string =>
  `${publicUrl()}/signalbox/v1/hooks/${hookId}`;
