import { action } from '@signalbox/taskbot';
import { bodyAttributes, callAttributes, downloadAttributes } from './attributes.ts';
import { requestBody } from './request-body.ts';
import { restCall } from './rest-call.ts';

export const restPatch = action({
  package: 'Rest',
  name: 'restPatch',
  summary: 'Changes a part of what a web address has.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { ...callAttributes, ...bodyAttributes, ...downloadAttributes },
  returns: 'DICTIONARY',
  run: async (input, host) => restCall('PATCH', input, requestBody(input, host), host),
});
