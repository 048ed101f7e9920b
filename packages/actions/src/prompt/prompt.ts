import { refusedAction } from '@signalbox/taskbot';

/** Nobody sits at the device: a box that is only shown can be skipped, a question without an answer cannot. */
const prompt = (name: string, asks: string, alias: readonly string[] = []) =>
  refusedAction({
    package: 'Prompt',
    name,
    alias,
    summary: `Would ask a person for ${asks}; refused, because nobody is there.`,
    runsOn: 'device',
    since: '0.2.0',
    refused: `It asks a person for ${asks}, and robots here have nobody to ask. Give the bot an input variable or a global value instead.`,
  });

export const promptForValue = prompt('ForValue', 'a value');
export const promptForFile = prompt('ForFile', 'a file');
export const promptForFolder = prompt('forFolder', 'a folder');
export const promptForYesNo = prompt('ForYesNo', 'yes or no', ['ForYesOrNo']);
