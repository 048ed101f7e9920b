import { action } from '@signalbox/taskbot';
import { callAttributes, downloadAttributes } from './attributes.ts';
import { restCall } from './rest-call.ts';

export const restGet = action({
  package: 'Rest',
  name: 'restGet',
  summary: 'Asks a web address for what it has.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes: { ...callAttributes, ...downloadAttributes },
  returns: 'DICTIONARY',
  run: (input, host) => restCall('GET', input, undefined, host),
});
