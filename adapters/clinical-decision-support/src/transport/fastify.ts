import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { peerOf } from '../trust/peer.js';
import type { Answer, HttpAnswer, HttpRequest } from './http-message.js';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;
const PATHS = ['/cds-services', '/cds-services/*', '/models/*', '/health/*'];
/** Whoever has such an address may follow it, so that no log of the host may have it. */
const SECRET_PATHS = ['/regions/*'];

/** The service as a fastify plugin. Register it with the path of `baseUrl` as its prefix. */
export function createFastifyPlugin(
  answer: Answer,
  tooLarge: (request: Omit<HttpRequest, 'body'>) => HttpAnswer,
  maxBodyBytes: number,
): FastifyPluginAsync {
  return async (server) => {
    // The service itself says what it thinks of a media type, and parses; encapsulated, so only here.
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    server.setErrorHandler(async (error: { readonly statusCode?: number }, request, reply) => {
      // What fastify refuses by itself before the service is asked.
      if (error.statusCode !== 413) throw error;
      return send(reply, tooLarge(headOf(request)));
    });
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      return send(reply, await answer({ ...headOf(request), body, signal: gone.signal }));
    };
    const options = { method: [...METHODS], handler, bodyLimit: maxBodyBytes, exposeHeadRoute: false };
    for (const url of PATHS) server.route({ ...options, url });
    for (const url of SECRET_PATHS) server.route({ ...options, url, logLevel: 'silent' });
  };
}

function headOf(request: FastifyRequest): Omit<HttpRequest, 'body'> {
  return {
    method: request.method,
    path: request.url,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    peer: peerOf(request.raw.socket),
  };
}

function send(reply: FastifyReply, { status, headers, body }: HttpAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}
