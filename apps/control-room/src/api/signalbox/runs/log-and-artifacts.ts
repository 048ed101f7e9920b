import { Type } from 'typebox';
import { Content, operation } from '../../operation.ts';

const RUN = { id: { kind: 'run', visibleTo: 'shared' } } as const;
const RunId = Type.String({ maxLength: 200 });

export const getRunLog = operation({
  name: 'getRunLog',
  summary: 'What a bot said while it ran, and how far it is',
  description:
    'At most 1,000 lines, the oldest first. To follow a run, ask again with `after` set to the number of the last line.',
  module: 'Runs',
  method: 'GET',
  path: '/signalbox/v1/runs/{id}/log',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'caller',
  objects: RUN,
  params: Type.Object({ id: RunId }),
  query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }),
  answer: {
    status: 200,
    schema: Type.Object({
      status: Type.String(),
      progress: Type.Integer({ description: 'Percent.' }),
      currentBot: Type.Union([Type.String(), Type.Null()]),
      currentLine: Type.Integer(),
      totalLines: Type.Integer(),
      lines: Type.Array(
        Type.Object({
          number: Type.Integer(),
          occurredOn: Type.String(),
          level: Type.String(),
          text: Type.String(),
        }),
      ),
    }),
    description: 'The lines after the given one.',
  },
  handle: async ({ caller, params, query }, { runs }) => {
    const run = await runs.activity.get(caller, params.id);
    const lines = await runs.logs.read(run.id, query.after ?? 0);
    return {
      status: run.status,
      progress: run.percent,
      currentBot: run.currentBot,
      currentLine: run.currentLine,
      totalLines: run.totalLines,
      lines: lines.map(({ number, occurredOn, level, text }) => ({
        number,
        occurredOn: occurredOn.toString(),
        level,
        text,
      })),
    };
  },
});

export const listRunArtifacts = operation({
  name: 'listRunArtifacts',
  summary: 'List the files that a bot left behind',
  module: 'Runs',
  method: 'GET',
  path: '/signalbox/v1/runs/{id}/artifacts',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'caller',
  objects: RUN,
  params: Type.Object({ id: RunId }),
  answer: {
    status: 200,
    schema: Type.Object({
      list: Type.Array(Type.Object({ name: Type.String(), size: Type.Integer(), createdOn: Type.String() })),
    }),
    description: 'By name; folders are part of it.',
  },
  handle: async ({ caller, params }, { runs }) => {
    const run = await runs.activity.get(caller, params.id);
    const artifacts = await runs.artifacts.list(run.id);
    return {
      list: artifacts.map(({ name, size, createdOn }) => ({ name, size, createdOn: createdOn.toString() })),
    };
  },
});

export const getRunArtifact = operation({
  name: 'getRunArtifact',
  summary: 'Fetch a file that a bot left behind',
  description: 'As it was, under no type: what bots write is never run by a browser in this server’s name.',
  module: 'Runs',
  method: 'GET',
  path: '/signalbox/v1/runs/{id}/artifacts/{name}',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'caller',
  objects: RUN,
  params: Type.Object({ id: RunId, name: Type.String({ maxLength: 255 }) }),
  answer: { status: 200, description: 'The bytes.' },
  handle: async ({ caller, params }, { runs }) => {
    const run = await runs.activity.get(caller, params.id);
    const bytes = await runs.artifacts.read(run.id, params.name);
    return new Content(bytes, 'application/octet-stream', params.name.slice(params.name.lastIndexOf('/') + 1));
  },
});
