import { createHash } from 'node:crypto';
import { isOtherwiseMeant } from '../mapping/evidence.js';
import { type Attachment, mediaTypeOf } from '../mapping/filed-recordings.js';
import type { ReferenceReader } from './reference-reader.js';

type Loose = Readonly<Record<string, unknown>>;

/**
 * The bytes of an attachment: its own data, or those of the Binary that its URL names. Where it states a size or a
 * digest (SHA-1), the bytes must have it, and a Binary must be of the same media type. Otherwise why there are none,
 * as the end of a sentence; it holds nothing of the attachment.
 */
export async function attachedFile(
  { contentType, attachment }: Attachment,
  read: ReferenceReader,
): Promise<Buffer | { readonly says: string }> {
  let { data } = attachment;
  if (data === undefined) {
    if (typeof attachment.url !== 'string') return { says: 'has neither data nor an address of them' };
    if (!/(^|\/)Binary\/[^/]+(\/_history\/[^/]+)?$/.test(attachment.url)) {
      return { says: 'points to an address that is no Binary of the FHIR server' };
    }
    const found = await read(attachment.url);
    if ('says' in found) return found;
    const binary = found.resource as unknown as Loose;
    if (mediaTypeOf(binary.contentType) !== contentType) return { says: 'points to a Binary of another media type' };
    if (isOtherwiseMeant(binary)) return { says: 'points to a Binary with an extension that changes its meaning' };
    data = binary.data;
  }
  const bytes = decodeBase64(data);
  if (bytes === undefined) return { says: 'has data that are not Base64' };
  const { size, hash } = attachment;
  // Of R5, an integer that may be too large for JSON is a text.
  if (size !== undefined && Number(size) !== bytes.byteLength) return { says: 'has data of another size than it says' };
  if (hash !== undefined && createHash('sha1').update(bytes).digest('base64') !== hash) {
    return { says: 'has data of another digest than it says' };
  }
  return bytes;
}

/** Node takes anything for Base64 and leaves out what is none: a file that lost a part would be read on. */
function decodeBase64(data: unknown): Buffer | undefined {
  if (typeof data !== 'string') return undefined;
  const text = data.replace(/\s+/g, '');
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
