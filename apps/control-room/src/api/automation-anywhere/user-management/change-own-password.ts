import { Type } from 'typebox';
import { operation } from '../../operation.ts';
import { common } from './access.ts';

export const changeOwnPassword = operation({
  ...common,
  name: 'changeOwnPassword',
  summary: 'Change one’s own password',
  description: 'Other sessions of the caller end.',
  method: 'POST',
  path: '/usermanagement/users/self/changePassword',
  provenance: 'observed',
  access: 'caller',
  // Not kept under an Idempotency-Key: a wrong old password must be counted, and not be rolled back with the answer.
  reads: true,
  body: Type.Object({ oldPassword: Type.String(), newPassword: Type.String() }),
  answer: { status: 204 },
  handle: ({ caller, body, facts }, { identity }) =>
    identity.changeOwnPassword(caller, body.oldPassword, body.newPassword, facts),
});
