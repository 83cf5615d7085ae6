import { DeepHealthError } from '@deephealth/sdk';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunService } from '../runs/run-service.js';

/** A result file, with its digest as ETag and as Repr-Digest (RFC 9530), for whoever wants to be sure of the bytes. */
export async function sendArtefact(
  service: RunService,
  tenant: string,
  place: { readonly runId: string; readonly path: string },
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { artefact, content } = await service.openArtefact(tenant, place.runId, place.path);
  if (artefact.path !== place.path) {
    content.destroy();
    throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'The run has no artefact of this name.');
  }
  const etag = `"sha256-${artefact.sha256}"`;
  const name =
    artefact.path
      .split('/')
      .at(-1)
      ?.replace(/[^\w.-]/g, '_') ?? 'artefact';
  reply.headers({
    etag,
    'repr-digest': `sha-256=:${Buffer.from(artefact.sha256, 'hex').toString('base64')}:`,
    'content-type': artefact.mediaType,
    // A report is a page; as a download, it is none of this origin.
    'content-disposition': `attachment; filename="${name}"`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    'cache-control': 'private, no-cache',
  });
  const isKnown = headers['if-none-match']?.split(',').some((one) => /^(?:W\/)?(.*)$/.exec(one.trim())?.[1] === etag);
  if (isKnown === true || method === 'HEAD') {
    content.destroy();
    if (isKnown === true) return reply.code(304).send();
    return reply.header('content-length', artefact.size).send('');
  }
  return reply.header('content-length', artefact.size).send(content);
}
