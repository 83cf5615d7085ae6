import { describe, expect, it } from 'vitest';
import { sampleImages } from '../steps/testing/sample-images.js';
import { decodeHtj2kInThread } from './codec-thread.js';

const START_OF_CODESTREAM = Buffer.from([0xff, 0x4f, 0xff, 0x51]);

async function sampleStream(): Promise<Buffer> {
  const { file } = (await sampleImages())['dicom htj2k'] as { file: Uint8Array };
  const bytes = Buffer.from(file);
  return bytes.subarray(bytes.indexOf(START_OF_CODESTREAM));
}

/** Found by fuzzing: the codec does not come to an end. */
async function endlessStream(): Promise<Buffer> {
  const stream = Buffer.from(await sampleStream());
  stream.fill(0xff, 112, 116);
  Buffer.from('00000000000000004449434d02001000', 'hex').copy(stream, 636);
  return stream;
}

describe('decodeHtj2kInThread', () => {
  it('gives up a stream that keeps the codec busy for ever, and goes on with the next one', async () => {
    const sound = await sampleStream();
    const first = await decodeHtj2kInThread(sound, 512);
    await expect(decodeHtj2kInThread(await endlessStream(), 512, 300)).rejects.toThrow('its codec cannot read');
    const again = await decodeHtj2kInThread(sound, 512);
    expect(again).toEqual(first);
    expect(first.data.length).toBeGreaterThan(0);
  });

  it('decodes several at a time', async () => {
    const sound = await sampleStream();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => decodeHtj2kInThread(sound, 512)));
    for (const other of others) expect(other).toEqual(first);
  });
});
