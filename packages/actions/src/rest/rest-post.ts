import { action } from '@signalbox/taskbot';
import { bodyAttributes, callAttributes, downloadAttributes } from './attributes.ts';
import { requestBody } from './request-body.ts';
import { restCall } from './rest-call.ts';

export const restPost = action({
  package: 'Rest',
  name: 'restPost',
  summary: 'Sends something new to a web address.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { ...callAttributes, ...bodyAttributes, ...downloadAttributes },
  returns: 'DICTIONARY',
  run: async (input, host) => restCall('POST', input, requestBody(input, host), host),
});
