import { operation, type Version } from '../../operation.ts';

const versions: readonly Version[] = [{ name: 'v1' }, { name: 'v2', provenance: 'inferred' }];

export const logOut = operation({
  name: 'logOut',
  summary: 'Log out',
  description: 'From now on every token of this session is refused.',
  module: 'Authentication',
  method: 'POST',
  path: '/authentication/logout',
  versions,
  provenance: 'documented',
  access: 'caller',
  answer: { status: 204 },
  handle: ({ caller, facts }, { identity }) => identity.logOut(caller, facts),
});
