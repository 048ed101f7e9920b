import { action } from '@signalbox/taskbot';
import { bodyAttributes, callAttributes, downloadAttributes } from './attributes.ts';
import { requestBody } from './request-body.ts';
import { restCall } from './rest-call.ts';

export const restPut = action({
  package: 'Rest',
  name: 'restPut',
  summary: 'Replaces what a web address has.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { ...callAttributes, ...bodyAttributes, ...downloadAttributes },
  returns: 'DICTIONARY',
  run: async (input, host) => restCall('PUT', input, requestBody(input, host), host),
});
