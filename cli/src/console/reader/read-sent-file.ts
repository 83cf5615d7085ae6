import type { SentFile } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';
import { countFrames } from '@deephealth/runtime';
import { DeepHealthError, readInputBytes } from '@deephealth/sdk';

/**
 * A file as `deephealth predict` reads it.
 *
 * @throws what readInputBytes throws, and DH_REQUEST_MALFORMED for a file of several frames of which none was chosen
 */
export async function readSentFile(
  { name, bytes, frame }: SentFile,
  model: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>,
): Promise<runtimeV1.NamedInput[]> {
  // Of a process that is asked by messages, bytes come as they like.
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const takesImages = model.inputs.some(({ kind }) => kind === 'INPUT_KIND_IMAGE');
  const frames = frame === undefined && takesImages ? await countFrames(content) : 1;
  if (frames > 1) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `The file has ${frames} frames or pages, and which one is meant is not known. Choose one, from 0, with "frame" in the query.`,
      { details: { field: 'frame', expected: `0 to ${frames - 1}` } },
    );
  }
  return readInputBytes(name, content, model, frame === undefined ? {} : { frame });
}
