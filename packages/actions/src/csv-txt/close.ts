import { action, attribute, BotSession } from '@signalbox/taskbot';
import { sessionName } from './csv-file.ts';

export const closeCsvTxt = action({
  package: 'CsvTxt',
  name: 'CloseCsvTxt',
  summary: 'Closes an open file.',
  runsOn: 'device',
  since: '0.1.0',
  attributes: { session: attribute.any() },
  run: async (input, host) => {
    if (input.session instanceof BotSession) await input.session.close();
    else await host.sessions.close('CsvTxt', sessionName(input.session));
    return undefined;
  },
});
