import { type BotCredential, BotError } from '@signalbox/taskbot';
import type { Headers } from '../network/index.ts';
import { excerpt } from '../support/text.ts';
import { sentText } from './named-values.ts';

interface Login {
  readonly authenticationMode: string;
  readonly username: BotCredential | string;
  readonly password: BotCredential | string;
  readonly token: BotCredential | string;
}

/**
 * The modes are those of the vendor's page [doc] and a plain token; how documents write them is known for
 * `NoAuthentication` only, so blanks, hyphens and letter case do not matter [inferred].
 */
export const authentication = (login: Login): Headers => {
  const mode = login.authenticationMode.toLowerCase().replaceAll(/[^a-z]/g, '');
  switch (mode) {
    case '':
    case 'none':
    case 'noauth':
    case 'noauthentication':
      return [];
    case 'basic':
    case 'basicauth':
    case 'basicauthentication': {
      const pair = `${sentText(login.username)}:${sentText(login.password)}`;
      return [['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]];
    }
    case 'bearer':
    case 'token':
    case 'bearertoken':
    case 'accesstoken':
    case 'oauth':
    case 'oauthtoken': {
      const token = sentText(login.token).trim();
      if (token === '') {
        throw new BotError(
          'The authentication mode is Bearer, but the token is empty. Fill it in, or take a credential.',
        );
      }
      return [['Authorization', /^bearer /i.test(token) ? token : `Bearer ${token}`]];
    }
    case 'ntlm':
    case 'ntlmauthentication':
    case 'loggedinaduser':
    case 'windows':
    case 'windowsauthentication':
      throw unsupported(login.authenticationMode, 'it needs a Windows login');
    case 'controlroomtoken':
    case 'controlroomusertoken':
    case 'usertoken':
      throw unsupported(login.authenticationMode, 'bots are given no token of the Control Room');
    default:
      throw unsupported(login.authenticationMode, 'only NoAuthentication, Basic and Bearer are known');
  }
};

const unsupported = (mode: string, why: string): BotError =>
  new BotError(
    `The authentication mode "${excerpt(mode)}" is not supported: ${why}. Use Basic or Bearer with a credential, or a custom header.`,
  );
