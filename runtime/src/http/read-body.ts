import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate, type Gunzip, type Inflate, type ZlibOptions } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { BodyShare } from './body-budget.js';

const CHUNK_BYTES = 256 * 1024;

type Unpack = (options: ZlibOptions) => Gunzip | Inflate;

/** "deflate" is the zlib format (RFC 9110, section 8.4.1.2), not bare deflate data. */
const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
};

/**
 * Reads a body to its end and decompresses it, each form at most `maxBytes` long: a body that says
 * or turns out to be longer is given up where that is known, and inflating stops there too.
 *
 * `askForBody` is called once the headers are found right, before anything is read.
 *
 * Throws DH_MESSAGE_TOO_LARGE, DH_QUEUE_FULL, DH_MEDIA_TYPE_UNSUPPORTED for an unknown compression,
 * DH_REQUEST_MALFORMED for a broken one, DH_CANCELLED if the client goes away.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  share: BodyShare,
  askForBody: () => void,
): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && !Object.hasOwn(UNPACK, encoding)) {
    throw new DeepHealthError(
      'DH_MEDIA_TYPE_UNSUPPORTED',
      'The Content-Encoding of the body must be gzip, deflate or identity.',
      { details: { field: 'content-encoding', received: shorten(encoding) } },
    );
  }
  // The parser has refused a length that is no number.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  askForBody();
  const body = await collect(request, maxBytes, share);
  const unpack = UNPACK[encoding];
  if (unpack === undefined) return body;
  return decompress(unpack({ chunkSize: CHUNK_BYTES }), body, maxBytes, share);
}

function collect(request: IncomingMessage, maxBytes: number, share: BodyShare): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      act();
    };
    const onData = (chunk: Buffer) => {
      try {
        size += chunk.byteLength;
        if (size > maxBytes) throw tooLarge(maxBytes);
        share.grow(chunk.byteLength);
        chunks.push(chunk);
      } catch (error) {
        request.pause();
        settle(() => reject(error));
      }
    };
    const onEnd = () => settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const onGone = () =>
      settle(() => reject(new DeepHealthError('DH_CANCELLED', 'The client went away before the body was complete.')));
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    if (request.destroyed) onGone();
  });
}

async function decompress(engine: Gunzip | Inflate, body: Buffer, maxBytes: number, share: BodyShare): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  engine.end(body);
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      share.grow(chunk.byteLength);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof DeepHealthError ? error : broken('is damaged or cut off', error);
  }
  // zlib ignores what follows the end mark; nobody has checked it and nobody knows what it is.
  if (engine.bytesWritten !== body.byteLength) throw broken('is followed by other bytes');
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): DeepHealthError {
  return new DeepHealthError(
    'DH_MESSAGE_TOO_LARGE',
    `The body is larger than the ${maxBytes} bytes that this server accepts, before and after decompression.`,
    { details: { expected: `at most ${maxBytes} bytes` } },
  );
}

function broken(what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `The compressed body ${what}.`, {
    details: { field: 'body' },
    ...(cause === undefined ? {} : { cause }),
  });
}
