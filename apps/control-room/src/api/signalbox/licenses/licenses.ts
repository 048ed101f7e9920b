import { Type } from 'typebox';
import { operation } from '../../operation.ts';

const declared = { module: 'Licenses', versions: [{ name: '' }], provenance: 'extension' } as const;

const Count = Type.Object({
  feature: Type.String(),
  used: Type.Integer({ description: 'Users who have it and may log in.' }),
  purchased: Type.Union([Type.Integer(), Type.Null()], { description: 'How many may; null: as many as there are.' }),
});

export const reportLicenses = operation({
  ...declared,
  name: 'reportLicenses',
  summary: 'Count the users of each licence feature',
  method: 'GET',
  path: '/signalbox/v1/licenses',
  access: { anyOf: ['license.licensemanagement', 'usermanagement.usermanagement'] },
  answer: { status: 200, schema: Type.Object({ list: Type.Array(Count) }), description: 'Every feature there is.' },
  handle: async (_call, { identity }) => ({ list: await identity.licenses.report() }),
});

export const limitLicense = operation({
  ...declared,
  name: 'limitLicense',
  summary: 'Say how many users may have a licence feature',
  description: 'null takes the limit away. Nothing is taken from users who have it.',
  method: 'PUT',
  path: '/signalbox/v1/licenses/{feature}',
  access: { anyOf: ['license.licenseinstall'] },
  params: Type.Object({ feature: Type.String({ maxLength: 100 }) }),
  body: Type.Object({ purchased: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])) }),
  answer: { status: 200, schema: Count, description: 'The feature.' },
  handle: ({ caller, params, body }, { identity }) =>
    identity.licenses.limit(caller, params.feature, body.purchased ?? null),
});
