import swagger from '@fastify/swagger';
import reference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

const DESCRIPTION = `Signalbox is an open Control Room for software robots. Everything here is made from the declarations that the server
runs by. Each operation says where our knowledge of it comes from: **documented** by the vendor, **observed** on a real wire,
**inferred**, or an **extension** of our own.

Log in with \`POST /v2/authentication\`, then send the token in \`X-Authorization\`.`;

/** `/openapi.json` (3.1) and a page at `/docs` to read and try it. Register before the operations. */
export async function documentation(app: FastifyInstance, publicUrl: () => string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Signalbox',
        version: '0.1.0',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          xAuthorization: { type: 'apiKey', in: 'header', name: 'X-Authorization' },
          bearerAuth: { type: 'http', scheme: 'bearer' },
          'API Key with permissions': { type: 'apiKey', in: 'header', name: 'Authorization' },
          robocloudHmac: { type: 'apiKey', in: 'header', name: 'Authorization' },
        },
      },
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify({ ...app.swagger(), servers: [{ url: publicUrl() }] })),
  );
  // Whoever opens the bare address in a browser is looking for something to read.
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  await app.register(async (scope) => {
    // The page brings its own script and styles; nothing comes from elsewhere.
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('Content-Security-Policy', "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:");
    });
    await scope.register(reference, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        theme: 'default',
        withDefaultFonts: false,
        telemetry: false,
        // What would send a reader's document to somebody else's servers is not offered.
        showDeveloperTools: 'never',
        hideClientButton: true,
        agent: { disabled: true },
        mcp: { disabled: true },
        authentication: { preferredSecurityScheme: 'xAuthorization' },
      },
    });
  });
}
