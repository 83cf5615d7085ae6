import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { TLSSocket } from 'node:tls';
import type { Answer } from './http-message.js';

const METHODS = ['GET', 'POST', 'OPTIONS'] as const;
const PATHS = ['/cds-services', '/cds-services/*', '/models/*', '/health/*'];

/**
 * The service as a fastify plugin. Register it with the path of `baseUrl` as its prefix, and give the
 * server a body limit of `maxBodyBytes`: the plugin sets its own only for its routes.
 */
export function createFastifyPlugin(answer: Answer, maxBodyBytes: number): FastifyPluginAsync {
  return async (server) => {
    // The service itself says what it thinks of a media type, and parses; encapsulated, so only here.
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const { socket } = request.raw;
      const tls = socket as Partial<TLSSocket>;
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const fingerprint = tls.authorized === true ? tls.getPeerCertificate?.()?.fingerprint256 : undefined;
      const { status, headers, body } = await answer({
        method: request.method,
        path: request.url,
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
        ),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        signal: gone.signal,
        ...(fingerprint === undefined ? {} : { clientCertificateSha256: fingerprint }),
      });
      return reply.code(status).headers(headers).send(body);
    };
    for (const url of PATHS) {
      server.route({ method: [...METHODS], url, handler, bodyLimit: maxBodyBytes, exposeHeadRoute: false });
    }
  };
}
