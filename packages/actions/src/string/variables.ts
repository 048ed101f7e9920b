import { EOL } from 'node:os';
import { packageVariable } from '@signalbox/taskbot';

const constant = (name: string, summary: string, text: string) =>
  packageVariable({
    package: 'String',
    name,
    summary,
    runsOn: 'anywhere',
    since: '0.1.0',
    type: 'STRING',
    read: () => text,
  });

/** Enter and Newline are what ends a line on the device, as the vendor's are on Windows [inferred]. */
export const enter = constant('Enter', 'A line end of this device.', EOL);
export const newline = constant('Newline', 'A line end of this device.', EOL);
export const tab = constant('Tab', 'A tabulator.', '\t');
export const separator = constant('Separator', 'A list separator, the comma.', ',');
