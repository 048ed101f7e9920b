import { Type } from 'typebox';
import { workspaceOperation } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { page, pageOf, pageQuery, readStretch } from '../paging.ts';
import { inWorkspace, Moment, moment } from '../wire.ts';
import { declared, readsOutputs } from './declared.ts';

const path = '/workspaces/{workspaceId}/step-runs/{stepRunId}';
const artifact = { id: Type.String(), name: Type.String(), size: Type.Number({ description: 'Bytes.' }) };
const shared = {
  ...declared,
  method: 'GET',
  access: readsOutputs,
  params: inWorkspace('stepRunId'),
  query: Type.Object(pageQuery),
} as const;

const listArtifacts = workspaceOperation({
  ...shared,
  name: 'listStepRunArtifacts',
  summary: 'List the files that a robot left in its output folder',
  path: `${path}/artifacts`,
  answer: { status: 200, schema: pageOf(Type.Object(artifact)), description: 'One page.' },
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) =>
    page(
      await processes.stepRuns.artifacts(client, params.stepRunId, readStretch(query)),
      (one) => one,
      facts,
      publicUrl(),
    ),
});

const getArtifact = workspaceOperation({
  ...declared,
  name: 'getStepRunArtifact',
  summary: 'Where a file is fetched that a robot left',
  method: 'GET',
  path: `${path}/artifacts/{artifactId}`,
  access: readsOutputs,
  params: inWorkspace('stepRunId', 'artifactId'),
  answer: {
    status: 200,
    schema: Type.Object({ ...artifact, url: Type.String({ description: 'For an hour, without Authorization.' }) }),
    description: 'The artifact.',
  },
  handle: async ({ client, params, facts }, domain) => {
    const { ticket, ...found } = await domain.processes.stepRuns.artifact(client, params.stepRunId, params.artifactId);
    return { ...found, url: await linkTo(Promise.resolve(ticket), facts, domain) };
  },
});

const listConsoleMessages = workspaceOperation({
  ...shared,
  name: 'listConsoleMessages',
  summary: 'List what a robot has said',
  path: `${path}/console-messages`,
  answer: {
    status: 200,
    schema: pageOf(Type.Object({ timestamp: Moment, message: Type.String() })),
    description: 'One page, line by line.',
  },
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) =>
    page(
      await processes.stepRuns.messages(client, params.stepRunId, readStretch(query)),
      ({ timestamp, message }) => ({ timestamp: moment(timestamp), message }),
      facts,
      publicUrl(),
    ),
});

const listEvents = workspaceOperation({
  ...shared,
  name: 'listStepRunEvents',
  summary: 'List what has befallen a step run',
  path: `${path}/events`,
  answer: {
    status: 200,
    schema: pageOf(Type.Object({ timestamp: Moment, event_type: Type.String() })),
    description: 'One page.',
  },
  handle: async ({ client, params, query, facts }, { processes, publicUrl }) =>
    page(
      await processes.stepRuns.events(client, params.stepRunId, readStretch(query)),
      ({ timestamp, type }) => ({ timestamp: moment(timestamp), event_type: type }),
      facts,
      publicUrl(),
    ),
});

export const stepRunLeavings = [listArtifacts, getArtifact, listConsoleMessages, listEvents];
