import { Type } from 'typebox';
import packageFile from '../../../../package.json' with { type: 'json' };
import { operation } from '../../operation.ts';
import { v2Only } from '../wire.ts';
import { MODULE } from './access.ts';

/** A health probe of real clients; the vendor's shape is not known (contract a §5.3). */
export const getVersionDetails = operation({
  name: 'getVersionDetails',
  summary: 'Read which build this is',
  module: MODULE,
  method: 'GET',
  path: '/settings/version/details',
  versions: v2Only,
  provenance: 'observed',
  access: 'caller',
  answer: {
    status: 200,
    schema: Type.Object({ product: Type.String(), version: Type.String(), buildNumber: Type.String() }),
    description: 'The build.',
  },
  handle: () => ({ product: 'Signalbox', version: packageFile.version, buildNumber: packageFile.version }),
});
