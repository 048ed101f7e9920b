import { type Static, Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import { runnerOperation } from '../operation.ts';
import { HeldItem, HeldRun } from './schemas.ts';

const Name = Type.String({ maxLength: 255 });

export const getCredential = runnerOperation({
  name: 'getCredential',
  summary: 'Fetch a credential for a bot, sealed to its run',
  description:
    'Of a run or an item that the device has, in the name of the user whose bot it is. The value comes as a JWE for the given key (ECDH-ES, A256GCM), whose protected header names the subject and the credential. It is recorded before it leaves. What the bot may not have is a `problem` in words for its author.',
  method: 'POST',
  path: '/runner/v1/credentials',
  reads: true,
  body: Type.Object({
    run: Type.Optional(HeldRun),
    item: Type.Optional(HeldItem),
    name: Name,
    lockerName: Type.Optional(Name),
    attributeName: Name,
    publicKey: Type.Object({
      kty: Type.Literal('OKP'),
      crv: Type.Literal('X25519'),
      x: Type.String({ minLength: 43, maxLength: 43, pattern: '^[A-Za-z0-9_-]+$' }),
    }),
  }),
  answer: {
    status: 200,
    schema: Type.Union([
      Type.Object({ sealed: Type.String(), masked: Type.Boolean() }),
      Type.Object({ problem: Type.String() }),
    ]),
    description: 'The sealed value, or why there is none.',
  },
  handle: ({ runner: { deviceId }, body }, { runs }) => {
    const { run, item, name, lockerName = '', attributeName, publicKey } = body;
    if ((run === undefined) === (item === undefined)) {
      throw error('invalid', 'The request is for exactly one thing.', { details: 'expected either run or item' });
    }
    const subject = run
      ? { kind: 'run' as const, ...run }
      : { kind: 'item' as const, ...(item as Static<typeof HeldItem>) };
    return runs.credentials.fetch(deviceId, subject, { name, lockerName, attributeName }, publicKey);
  },
});
