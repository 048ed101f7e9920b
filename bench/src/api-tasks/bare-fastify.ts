import fastify from 'fastify';
import { placeOf } from './zip-codes.ts';

/* The peer to beat: a handler that answers the same JSON, with no token, no bot, no record. */
const app = fastify();
app.post<{ Body: { botInput?: { iStrZipCode?: { string?: string } } } }>('/execute', async (request) => {
  const [state, place] = placeOf(request.body.botInput?.iStrZipCode?.string ?? '');
  return {
    hotBotResult: { botOutput: { State: { type: 'STRING', string: state }, Place: { type: 'STRING', string: place } } },
  };
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
process.send?.('ready');
