import type { IncomingMessage, ServerResponse } from 'node:http';
import { peerOf } from '../trust/peer.js';
import type { Answer, HttpAnswer, HttpRequest } from './http-message.js';

/** For node:http and node:https, and for Express, which mounts it as any handler. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface BodyLimit {
  readonly maxBodyBytes: number;
  /** What is answered to a larger one; the connection is closed after it. */
  readonly tooLarge: (request: Omit<HttpRequest, 'body'>) => HttpAnswer;
}

/** The service as a listener of requests. */
export function createNodeListener(answer: Answer, { maxBodyBytes, tooLarge }: BodyLimit): NodeListener {
  return (incoming, response) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const head = headOf(incoming, gone.signal);
    const reply = async () => {
      const body = await readBody(incoming, maxBodyBytes);
      if (body === undefined) {
        send(response, tooLarge(head), { connection: 'close' });
        // What still comes is not read: the socket ends with the answer.
        incoming.unpipe();
        response.once('finish', () => incoming.destroy());
        return;
      }
      send(response, await answer({ ...head, body }));
    };
    // The client went away while it was sending.
    reply().catch(() => response.destroy());
  };
}

function send(response: ServerResponse, answer: HttpAnswer, more: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, { ...answer.headers, ...more, 'content-length': String(answer.body.byteLength) });
  response.end(response.req.method === 'HEAD' ? undefined : answer.body);
}

function headOf(incoming: IncomingMessage, signal: AbortSignal): Omit<HttpRequest, 'body'> {
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    signal,
    peer: peerOf(incoming.socket),
  };
}

/** Undefined if it is larger than the limit. */
async function readBody(incoming: IncomingMessage, maxBodyBytes: number): Promise<Buffer | undefined> {
  // An Express application may have parsed it already; then the stream is empty.
  const parsed = (incoming as { body?: unknown }).body;
  if (incoming.readableEnded && parsed !== undefined) {
    return Buffer.isBuffer(parsed) ? parsed : Buffer.from(typeof parsed === 'string' ? parsed : JSON.stringify(parsed));
  }
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBodyBytes) {
        incoming.pause();
        resolve(undefined);
        return;
      }
      chunks.push(chunk);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks, sizeBytes)));
    incoming.once('error', reject);
    incoming.once('aborted', () => reject(new Error('the client went away')));
  });
}
