import { Type } from 'typebox';
import { operation } from '../operation.ts';
import { DeviceFactsBody } from './schemas.ts';

export const registerRunner = operation({
  name: 'registerRunner',
  summary: 'Register a device with a one-time token',
  description: 'Answers the key that the device shows from then on. It is shown this once.',
  module: 'Runner',
  method: 'POST',
  path: '/runner/v1/register',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'anyone',
  body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }), device: DeviceFactsBody }),
  answer: {
    status: 201,
    schema: Type.Object({ deviceId: Type.Integer(), key: Type.String() }),
    description: 'The device and its key.',
  },
  handle: ({ body }, { fleet }) => fleet.runners.register(body.token, body.device),
});
