import { action } from '@signalbox/taskbot';
import { bodyAttributes, callAttributes, downloadAttributes } from './attributes.ts';
import { requestBody } from './request-body.ts';
import { restCall } from './rest-call.ts';

/** Without parameters it is sent without a body, as most services want it. */
export const restDelete = action({
  package: 'Rest',
  name: 'restDelete',
  summary: 'Deletes what a web address stands for.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { ...callAttributes, ...bodyAttributes, ...downloadAttributes },
  returns: 'DICTIONARY',
  run: async (input, host) => {
    const body = requestBody(input, host);
    return restCall('DELETE', input, body.bytes.length === 0 ? undefined : body, host);
  },
});
