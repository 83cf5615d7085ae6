import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDicomWebSlide } from '../dicomweb/open-dicomweb-slide.js';
import { fakeDicomWeb } from '../testing/dicomweb-server.js';
import { readLevel, SHARED_DATA, SlideFiles, withSlide } from '../testing/slide-files.js';
import { svsAsDicom } from '../testing/svs-as-dicom.js';

const files = new SlideFiles();
afterAll(() => files.remove());

const SVS = join(SHARED_DATA, 'cmu-1-small-region.svs');
/** Of the RGB pixels that OpenSlide reads of level 0. */
const OPEN_SLIDE_PIXELS = '0f88f63efc00700c336792997f8c49b0029795cf461d311343296682fac152bf';
const digest = (pixels: Uint8Array) => createHash('sha256').update(pixels).digest('hex');

describe.skipIf(!existsSync(SVS))('a real slide, its tiles copied into DICOM (skipped without the shared data)', () => {
  const order = Array.from({ length: 130 }, (_, index) => (index * 77) % 130);

  it.each([
    ['row by row', {}],
    ['in no order, as converters with several threads write them', { organization: 'silent', order }],
  ] as const)('%s, has the pixels that OpenSlide reads of the original', async (_, options) => {
    const { bytes } = await svsAsDicom(SVS, 0.499, options);
    await withSlide(await files.write(bytes), async (slide) => {
      expect(digest(await readLevel(slide))).toBe(OPEN_SLIDE_PIXELS);
    });
  });

  it('and read from a DICOMweb server, has them, too', async () => {
    const server = await fakeDicomWeb([await svsAsDicom(SVS, 0.499, { organization: 'silent', order })]);
    const slide = await openDicomWebSlide({ baseUrl: server.baseUrl, study: '1.2.3', series: '1.2.3.1' });
    try {
      expect(digest(await readLevel(slide))).toBe(OPEN_SLIDE_PIXELS);
    } finally {
      await slide.close();
      await server.close();
    }
  });
});
