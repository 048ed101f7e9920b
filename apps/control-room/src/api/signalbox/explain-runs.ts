import { Type } from 'typebox';
import { activityIdOf } from '../../domain/runs/index.ts';
import { ids } from '../automation-anywhere/wire.ts';
import { operation } from '../operation.ts';
import { ExplanationAnswer, renderExplanation } from './explain.ts';

export const explainRun = operation({
  name: 'explainRun',
  summary: 'Why a run is where it is, and when next',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/explain/runs/{id}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'caller',
  objects: { id: { kind: 'run', visibleTo: 'shared' } },
  params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'The run and its reason.',
  },
  handle: async ({ caller, params }, { runs }) => {
    const { run, explanation } = await runs.explaining.run(caller, params.id);
    return {
      run: {
        id: activityIdOf(run.id),
        status: run.status,
        version: run.version,
        command: run.command,
        automationName: run.automationName,
        deviceId: run.deviceId === null ? null : String(run.deviceId),
      },
      explanation: renderExplanation(explanation),
    };
  },
});

export const explainDevice = operation({
  name: 'explainDevice',
  summary: 'What a device is doing, and why it is given nothing',
  module: 'Explain',
  method: 'GET',
  path: '/signalbox/v1/explain/devices/{id}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: { anyOf: ['devices.view'] },
  objects: { id: { kind: 'device', visibleTo: 'shared' } },
  params: ids('id'),
  answer: {
    status: 200,
    schema: Type.Object({ explanation: ExplanationAnswer }, { additionalProperties: true }),
    description: 'The device and its reason.',
  },
  handle: async ({ caller, params }, { runs }) => {
    const { device, explanation } = await runs.explaining.device(caller, params.id);
    return {
      device: {
        id: String(device.id),
        hostName: device.name,
        connected: device.connected,
        capacity: device.capacity,
        poolId: device.poolId === null ? null : String(device.poolId),
      },
      runs: device.runs.map(activityIdOf),
      items: device.items,
      waiting: device.waiting,
      explanation: renderExplanation(explanation),
    };
  },
});
