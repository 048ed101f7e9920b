import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE, mayEither, REQUEST } from './access.ts';
import { renderProgress, renderStatus, Status, StatusWithProgress } from './render.ts';

/** Proxies on the way give up soon after. */
const LONGEST_WAIT_SECONDS = 60;

export const getBlmStatus = operation({
  name: 'getBlmStatus',
  summary: 'How far an export or import is',
  module: MODULE,
  method: 'GET',
  path: '/blm/status/{requestId}',
  versions: v2Only,
  provenance: 'observed',
  access: mayEither,
  objects: REQUEST,
  params: Type.Object({ requestId: Type.String() }),
  answer: { status: 200, schema: Status },
  handle: async ({ caller, params }, { lifecycle }) => renderStatus(await lifecycle.jobs.get(caller, params.requestId)),
});

export const waitForBlmStatus = operation({
  name: 'waitForBlmStatus',
  summary: 'Wait until an export or import has ended',
  description: `Answers as soon as it has ended, at the latest after so many seconds; ${LONGEST_WAIT_SECONDS} are the most.`,
  module: MODULE,
  method: 'GET',
  path: '/blm/status/{requestId}/timeout/{seconds}',
  versions: v2Only,
  provenance: 'observed',
  access: mayEither,
  objects: REQUEST,
  params: Type.Object({ requestId: Type.String(), seconds: Type.Integer({ minimum: 0 }) }),
  answer: { status: 200, schema: StatusWithProgress },
  handle: async ({ caller, params, facts }, { lifecycle }) => {
    const seconds = Math.min(params.seconds, LONGEST_WAIT_SECONDS);
    return renderProgress(await lifecycle.jobs.wait(caller, params.requestId, seconds, facts.signal));
  },
});
