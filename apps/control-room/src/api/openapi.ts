import { type TSchema, Type } from 'typebox';
import { ErrorBody } from './automation-anywhere/wire.ts';
import type { Operation, Version } from './operation.ts';

/** What the OpenAPI document says of one operation under one version; made from the declaration alone. */
export function describeRoute(operation: Operation, version: Version): Record<string, unknown> {
  const provenance = version.provenance ?? operation.provenance;
  const { access } = operation;
  const needs =
    typeof access === 'object'
      ? `Needs ${access.anyOf.join(' or ')}.`
      : {
          anyone: 'Open to anyone.',
          caller: 'Needs a token.',
          runner: "Needs a runner's key.",
          task: 'Needs the token of the access details.',
        }[access];
  const statuses = errorStatuses(operation);
  const suffix = version.name === '' ? '' : `_${version.name}`;
  return {
    operationId: `${operation.name}${operation.versions.length > 1 ? suffix : ''}`,
    summary: operation.versions.length > 1 ? `${operation.summary} (${version.name})` : operation.summary,
    description: [operation.description, needs, `Provenance: ${provenance}.`].filter(Boolean).join('\n\n'),
    tags: [operation.module],
    ...(operation.params ? { params: operation.params } : {}),
    ...(operation.query ? { querystring: operation.query } : {}),
    ...bodyOf(operation),
    response: {
      [operation.answer.status]: answerOf(operation.answer.schema, operation.answer.description ?? 'Done.'),
      ...Object.fromEntries(statuses.map((status) => [status, { ...ErrorBody, description: ERRORS[status] }])),
    },
    security: access === 'anyone' ? [] : [{ xAuthorization: [] }, { bearerAuth: [] }],
    ...(version.deprecated ? { deprecated: true } : {}),
    'x-provenance': provenance,
    'x-permission': typeof access === 'object' ? access.anyOf : access,
  };
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request does not fit; nothing was changed.',
  401: 'No token, or one that is not valid.',
  403: 'The permission is missing.',
  404: 'Not there, or not for you.',
  409: 'It contradicts what is there.',
  412: 'It cannot be done now.',
  413: 'It is larger than this server takes.',
  429: 'Too much at once; Retry-After says how long to wait.',
  500: 'The bot failed; the answer names its line.',
  503: 'Not at the moment.',
  504: 'It took too long and was stopped.',
};

function errorStatuses(operation: Operation): number[] {
  const statuses = [400];
  if (operation.access !== 'anyone') statuses.push(401);
  if (typeof operation.access === 'object') statuses.push(403);
  if (operation.params) statuses.push(404);
  if (operation.method !== 'GET' && !operation.reads) statuses.push(409);
  return [...new Set([...statuses, ...(operation.refuses ?? [])])].sort();
}

function bodyOf({ body }: Operation): Record<string, unknown> {
  if (body === undefined) return {};
  if (body === 'file') {
    return {
      consumes: ['multipart/form-data'],
      body: Type.Object({ file: Type.Unsafe({ type: 'string', format: 'binary', description: 'The file.' }) }),
    };
  }
  if (body === 'bytes')
    return { consumes: ['application/octet-stream'], body: Type.Unsafe({ type: 'string', format: 'binary' }) };
  return { body };
}

function answerOf(schema: TSchema | undefined, description: string): object {
  return schema === undefined ? { type: 'null', description } : { ...schema, description };
}
