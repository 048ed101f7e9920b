import { operation } from '../../operation.ts';
import { ListBody, listOf, readListRequest, renderList } from '../listing.ts';
import { v2Only } from '../wire.ts';
import { mayView } from './access.ts';
import { DeviceAnswer, renderDevice } from './render.ts';

export const listDevices = operation({
  name: 'listDevices',
  summary: 'List devices',
  description: 'With the right to all devices, all; else those that the caller registered or works on by default.',
  module: 'Devices',
  method: 'POST',
  path: '/devices/list',
  versions: v2Only,
  provenance: 'documented',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(DeviceAnswer), description: 'One page of devices.' },
  handle: async ({ caller, body }, { fleet }) => {
    const request = readListRequest(body);
    return renderList(await fleet.devices.list(caller, request), request, renderDevice);
  },
});
