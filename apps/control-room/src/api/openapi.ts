import { type TSchema, Type } from 'typebox';
import { ErrorBody } from './automation-anywhere/wire.ts';
import type { Access, Operation, Version } from './operation.ts';

/** What the OpenAPI document says of one operation under one version; made from the declaration alone. */
export function describeRoute(operation: Operation, version: Version): Record<string, unknown> {
  const provenance = version.provenance ?? operation.provenance;
  const { access } = operation;
  const needs = `May be called by: ${accessInWords(access)}.`;
  const statuses = errorStatuses(operation);
  const suffix = version.name === '' ? '' : `_${version.name.replace('/', '_')}`;
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
    security: securityOf(access),
    ...(version.deprecated ? { deprecated: true } : {}),
    'x-provenance': provenance,
    'x-permission': typeof access === 'object' && 'anyOf' in access ? access.anyOf : accessInWords(access),
  };
}

/** Who may call, for people. */
export function accessInWords(access: Access): string {
  if (typeof access === 'string') return WORDS[access];
  if ('anyOf' in access) return access.anyOf.join(' or ');
  if ('tool' in access) return `a tool’s token with ${access.tool}`;
  if (access.workspace === 'any') return 'any key of the workspace';
  return access.workspace.startsWith('Robot.')
    ? `a running robot (${access.workspace})`
    : `a key of the workspace with ${access.workspace}`;
}

const WORDS = {
  anyone: 'anyone',
  caller: 'any user',
  runner: 'a device',
  task: 'the bearer of a task token',
  credential: 'a tool that signs with an access credential',
} as const;

function securityOf(access: Access): object[] {
  if (access === 'anyone') return [];
  if (access === 'credential') return [{ robocloudHmac: [] }];
  // The name is the vendor's: generated clients use it (contract robocorp §1.3).
  if (typeof access === 'object' && 'workspace' in access) return [{ 'API Key with permissions': [] }];
  return [{ xAuthorization: [] }, { bearerAuth: [] }];
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
