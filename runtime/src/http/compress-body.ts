import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';

const COMPRESS = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/** Name of a compression that {@link compressBody} offers. */
export type ContentCoding = keyof typeof COMPRESS;

/** Less fits one packet anyway. */
const WORTHWHILE_BYTES = 1400;

/** Tensors hardly shrink more at higher levels, only slower. */
const LEVEL = 1;

/**
 * The compression that an Accept-Encoding header asks for, the one with the higher weight or gzip;
 * undefined for none. `*` is not taken up: whoever names no compression gets none.
 */
export function acceptedCoding(header: string | undefined): ContentCoding | undefined {
  let best: ContentCoding | undefined;
  let bestWeight = 0;
  const weights = new Map(
    (header ?? '').split(',').map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return [name, weight === undefined ? 1 : Number(weight.slice(2))] as const;
    }),
  );
  for (const name of ['gzip', 'deflate'] as const) {
    const weight = weights.get(name) ?? 0;
    if (weight > bestWeight) [best, bestWeight] = [name, weight];
  }
  return best;
}

/** The parts of a body compressed as one; undefined if they are too short to be worth it. */
export async function compressBody(parts: readonly Uint8Array[], coding: ContentCoding): Promise<Buffer | undefined> {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return size < WORTHWHILE_BYTES ? undefined : COMPRESS[coding](Buffer.concat(parts), { level: LEVEL });
}
