// The slide in Orthanc, read by DICOMweb, beside OpenSlide on the file that it was made of.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { framePositions } from './orthanc-dicomizer.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const ROUNDS = 15;

/** What the converter wrote, before it was put right. */
export async function checkWrongSpacing({ orthanc, pathology, check }, wrong) {
  const { openDicomWebSlide, openSlide, storeInstances } = pathology;
  const [stored] = await storeInstances([wrong.files[0]], { baseUrl: orthanc.dicomWeb });
  const readers = {
    'by DICOMweb': () => openDicomWebSlide({ baseUrl: orthanc.dicomWeb, study: wrong.study, series: wrong.series }),
    'as a file': () => openSlide(wrong.files[0]),
  };
  for (const [how, open] of Object.entries(readers)) {
    await check(`the wrong Pixel Spacing of Orthanc-WSI is refused ${how}, and both tags are named`, async () => {
      expectEqual('stored', stored.status, 'stored');
      const error = await open().then(
        () => undefined,
        (thrown) => thrown,
      );
      expectEqual('code', error?.code, 'DH_SLIDE_GEOMETRY_CONFLICT');
      for (const tag of ['PixelSpacing', 'ImagedVolumeWidth']) {
        expectTrue(`"${error.message}" names ${tag}`, error.message.includes(tag));
      }
    });
  }
}

/** Every pixel of level 0; gives it, for those who compare more with it. */
export async function checkPixels(stage, files) {
  const { check, slide, pathology, openWeb } = stage;
  const expected = await readWithOpenSlide(stage);
  const { width, height } = slide;
  await check('level 0 is what OpenSlide reads, pixel for pixel', async () => {
    const web = await openWeb();
    try {
      const [level] = web.geometry.levels;
      expectEqual('extents', [level.width, level.height], [width, height]);
      expectSamePixels(await web.readRegion({ level: 0, x: 0, y: 0, width, height }), expected);
    } finally {
      await web.close();
    }
  });
  const positions = framePositions(files[0]);
  const order = isRaster(positions) ? 'row by row this time' : 'in no order';
  await check(`so is each tile by itself, asked for back to front (frames are stored ${order})`, async () => {
    const web = await openWeb();
    try {
      for (const [column, row] of positions.reverse()) {
        const [x, y] = [column - 1, row - 1];
        const region = { x, y, width: Math.min(240, width - x), height: Math.min(240, height - y) };
        expectSamePixels(await web.readRegion({ level: 0, ...region }), crop(expected, width, region));
      }
    } finally {
      await web.close();
    }
  });
  const frames = positions.length;
  const seconds = await measure({
    web: openWeb,
    file: () => pathology.openSlide(files[0]),
    ...{ width, height },
  });
  const rate = (took) => Math.round(frames / took);
  await check(
    `reads and decodes ${frames} frames at ${seconds.ratio.toFixed(2)} of the rate from a file (${rate(seconds.web)} and ${rate(seconds.file)} frames/s)`,
    () => expectTrue('both were read', seconds.web > 0 && seconds.file > 0),
  );
}

async function readWithOpenSlide({ root, installed, slide, folder }) {
  const output = join(folder, 'openslide.rgb');
  const { code, stderr } = await runProcess(
    process.execPath,
    [join(root, 'interop', 'orthanc', 'read-with-openslide.mjs'), slide.path, String(slide.micronsPerPixel), output],
    { limitMs: 60_000, env: { ...installed.env, DEEPHEALTH_OPENSLIDE: installed.openslide } },
  );
  if (code !== 0) throw new Error(`OpenSlide did not read the slide.\n${lastLines(stderr)}`);
  return readFileSync(output);
}

/**
 * Medians of several rounds, since others use this machine, too: seconds for all of level 0 of each, and the
 * ratio of what was read in the same round.
 */
async function measure({ width, height, ...readers }) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const took = {};
    for (const [name, open] of Object.entries(readers)) {
      const slide = await open();
      const start = performance.now();
      await slide.readRegion({ level: 0, x: 0, y: 0, width, height });
      took[name] = (performance.now() - start) / 1000;
      await slide.close();
    }
    rounds.push({ ...took, ratio: took.file / took.web });
  }
  const median = (name) => rounds.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  return { web: median('web'), file: median('file'), ratio: median('ratio') };
}

function expectSamePixels(received, expected) {
  if (Buffer.from(received.buffer, received.byteOffset, received.byteLength).equals(expected)) return;
  let different = 0;
  for (let at = 0; at < expected.length; at++) if (received[at] !== expected[at]) different += 1;
  expectEqual('values that differ', different, 0);
  expectEqual('values', received.length, expected.length);
}

function crop(pixels, stride, { x, y, width, height }) {
  const rows = Array.from({ length: height }, (_, row) => {
    const from = ((y + row) * stride + x) * 3;
    return pixels.subarray(from, from + width * 3);
  });
  return Buffer.concat(rows);
}

function isRaster(positions) {
  return positions.every(([x, y], at) => {
    const [beforeX, beforeY] = positions[at - 1] ?? [0, 0];
    return y > beforeY || (y === beforeY && x > beforeX);
  });
}
