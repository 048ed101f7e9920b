import { readFileSync } from 'node:fs';
import { placeOf } from './zip-codes.ts';

/* What a call costs when each is a process: reads the request, answers, ends. */
const { botInput } = JSON.parse(readFileSync(0, 'utf8')) as { botInput: { iStrZipCode: { string: string } } };
const [state, place] = placeOf(botInput.iStrZipCode.string);
process.stdout.write(
  JSON.stringify({
    hotBotResult: { botOutput: { State: { type: 'STRING', string: state }, Place: { type: 'STRING', string: place } } },
  }),
);
