import { randomUUID } from 'node:crypto';
import { action } from '@signalbox/taskbot';

/** The community package that four real bots use. */
export const generateGuid = action({
  package: 'GUID Tools',
  name: 'generate guid',
  summary: 'Makes a new GUID.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {},
  returns: 'STRING',
  run: () => randomUUID(),
});
