import { Type } from 'typebox';
import type { LoggedIn } from '../../../domain/identity/index.ts';
import { renderUserDetail } from '../user-management/render.ts';
import { AnyObject } from '../wire.ts';

export const LoggedInAnswer = Type.Object({
  token: Type.String({ description: 'A JWT (RS512); send it as X-Authorization.' }),
  tenantUuid: Type.String(),
  mfaAuthResponse: Type.Null(),
  user: AnyObject,
});

/** Never with a key `error`: a client takes that for a failure (contract a §2.1). */
export function renderLoggedIn({ token, user }: LoggedIn, tenant: { readonly tenantUuid: string }): object {
  return {
    token,
    tenantUuid: tenant.tenantUuid,
    mfaAuthResponse: null,
    // Here, and only here, what is not set is null instead of "" (contract a §2.1 against §3.1).
    user: {
      ...renderUserDetail(user),
      domain: user.domain === '' ? null : user.domain,
      description: user.description === '' ? null : user.description,
    },
  };
}
