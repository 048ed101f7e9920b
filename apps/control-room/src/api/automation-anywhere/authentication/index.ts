import type { Operation } from '../../operation.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { refreshToken } from './refresh-token.ts';
import { validateToken } from './validate-token.ts';

/** Contract a §2. */
export const authenticationOperations: readonly Operation[] = [logIn, validateToken, refreshToken, logOut];
