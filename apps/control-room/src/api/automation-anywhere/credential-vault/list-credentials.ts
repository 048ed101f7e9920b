import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { v1AndV2, v2Only } from '../wire.ts';
import { MODULE, mayUseCredentials } from './access.ts';
import { Consumed } from './credential-body.ts';
import { allOf, CredentialAnswer, renderCredential } from './render.ts';

export const listCredentials = operation({
  name: 'listCredentials',
  summary: 'List credentials',
  description:
    'The own ones, and all in lockers that the caller owns or manages; with consumed=true those that he may use as well. Who administers lockers sees all.',
  module: MODULE,
  method: 'POST',
  path: '/credentialvault/credentials/list',
  versions: v1AndV2,
  provenance: 'documented',
  access: mayUseCredentials,
  reads: true,
  query: Consumed,
  body: ListBody,
  answer: { status: 200, schema: listOf(CredentialAnswer), description: 'One page of credentials.' },
  handle: async ({ caller, query, body }, { vault }) => {
    const request = readListRequest(body);
    const page = await vault.credentials.list(caller, request, { consumed: query.consumed ?? false });
    return renderList(page, request, renderCredential);
  },
});

export const findCredentials = operation({
  name: 'findCredentials',
  summary: 'Find credentials by their exact name',
  description: 'Without a name, the first thousand.',
  module: MODULE,
  method: 'GET',
  path: '/credentialvault/credentials',
  versions: v2Only,
  provenance: 'documented',
  access: mayUseCredentials,
  query: Type.Object({ name: Type.Optional(Type.String()), ...Consumed.properties }),
  answer: { status: 200, schema: allOf(CredentialAnswer), description: 'Those of that name.' },
  handle: async ({ caller, query }, { vault }) => {
    const request = readListRequest(
      query.name === undefined ? {} : { filter: { operator: 'eq', field: 'name', value: query.name } },
    );
    const page = await vault.credentials.list(caller, request, { consumed: query.consumed ?? false });
    return { list: page.rows.map(renderCredential) };
  },
});
