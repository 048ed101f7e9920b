import { action, attribute } from '@signalbox/taskbot';

/** Nobody sits at the device, so the box goes to the log and the bot goes on at once. */
export const messageBox = action({
  package: 'MessageBox',
  name: 'messageBox',
  summary: 'Writes a message to the log of the run, in place of a box on a screen.',
  runsOn: 'anywhere',
  since: '0.1.0',
  attributes: {
    title: attribute.text(),
    content: attribute.text(),
    scrollLines: attribute.number(),
    closeMsgBox: attribute.flag(),
    timeOut: attribute.number(),
  },
  run: (input, host) => {
    host.log(
      'info',
      `Message box (not shown, no desktop): ${input.title === '' ? '' : `${input.title}: `}${input.content}`,
    );
    return undefined;
  },
});
