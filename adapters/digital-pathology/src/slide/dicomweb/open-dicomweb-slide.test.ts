import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Slide } from '../slide.js';
import { type FakeDicomWeb, type FakeDicomWebOptions, fakeDicomWeb } from '../testing/dicomweb-server.js';
import { cropPicture, halvedPicture, testPicture } from '../testing/test-picture.js';
import { EXPLICIT, type WsiFile, type WsiFileOptions, wsiFile } from '../testing/wsi-file.js';
import { decodeJpeg } from '../tiles/decode-jpeg.js';
import { type DicomWebSlideOptions, openDicomWebSlide } from './open-dicomweb-slide.js';

const PICTURE = testPicture(150, 100);
const SETTINGS = { study: '1.2.3', series: '1.2.3.1', retryDelayMs: 1 };
/** Uncompressed frames, given as they are stored. */
const PLAIN: FakeDicomWebOptions = {
  accepts: (accept) => accept.includes('octet-stream'),
  partHead: () => 'Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r\n',
};
const SHUFFLED = Array.from({ length: 70 }, (_, index) => (index * 37) % 70);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function serve(files: readonly WsiFile[], options?: FakeDicomWebOptions): Promise<FakeDicomWeb> {
  const server = await fakeDicomWeb(files, options);
  opened.push(server);
  return server;
}

async function openAt(server: FakeDicomWeb, options: Partial<DicomWebSlideOptions> = {}): Promise<Slide> {
  const slide = await openDicomWebSlide({ ...SETTINGS, baseUrl: server.baseUrl, ...options });
  opened.push(slide);
  return slide;
}

async function plainServer(options: WsiFileOptions = {}): Promise<FakeDicomWeb> {
  return serve([await wsiFile(PICTURE, { syntax: EXPLICIT, ...options })], PLAIN);
}

const whole = { level: 0, x: 0, y: 0, width: 150, height: 100 };
const frameRequests = ({ requests }: FakeDicomWeb) => requests.filter(({ frames }) => frames.length > 0);
const isForFrames = ({ frames }: { readonly frames: readonly number[] }) => frames.length > 0;

/** Answers with a status instead, the first so many times. */
function failing(times: number, status: number) {
  let left = times;
  return (request: { readonly frames: readonly number[] }, response: ServerResponse) => {
    if (!isForFrames(request) || left === 0) return false;
    left -= 1;
    response.writeHead(status).end();
    return true;
  };
}

describe('a slide on a DICOMweb server', () => {
  it('gives the pixels of its frames, wherever they lie, and is a pyramid without its label', async () => {
    const half = halvedPicture(PICTURE);
    const label = { '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE'] } as const;
    const server = await serve(
      [
        await wsiFile(half, { syntax: EXPLICIT, sopInstanceUid: '1.2.3.1.2', micronsPerPixel: 1 }),
        await wsiFile(PICTURE, { syntax: EXPLICIT, organization: 'sparse', order: SHUFFLED }),
        await wsiFile(half, { syntax: EXPLICIT, sopInstanceUid: '1.2.3.1.3', elements: label }),
      ],
      PLAIN,
    );
    const slide = await openAt(server);
    expect(slide.geometry.levels.map(({ width }) => width)).toEqual([150, 75]);
    expect(slide).toMatchObject({ name: '1.2.3.1', format: 'dicom' });
    expect(await slide.readRegion(whole)).toEqual(PICTURE.pixels);
    expect(await slide.readRegion({ level: 1, x: 3, y: 4, width: 100, height: 60 })).toEqual(
      cropPicture(half, 3, 4, 100, 60),
    );
  });

  it('is asked for its JPEG frames as they are stored, ten and more at a time', async () => {
    const file = await wsiFile(PICTURE);
    const server = await serve([file]);
    const slide = await openAt(server, { token: 'secret', headers: { 'x-site': 'a' } });
    const pixels = await slide.readRegion(whole);
    const tile = await decodeJpeg(file.frames[11] as Uint8Array, { width: 16, height: 16 });
    expect(cropPicture({ width: 150, height: 100, pixels }, 16, 16, 16, 16)).toEqual(new Uint8Array(tile));
    const asked = frameRequests(server);
    expect(asked.flatMap(({ frames }) => frames).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 70 }, (_, i) => i + 1),
    );
    expect(asked.length).toBeLessThanOrEqual(7);
    expect(new Set(asked.map(({ accept }) => accept))).toEqual(
      new Set(['multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50']),
    );
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
  });

  it('fetches no frame twice for regions that are read at the same time, nor soon after', async () => {
    const server = await plainServer();
    const slide = await openAt(server);
    const regions = Array.from({ length: 20 }, (_, i) => ({ level: 0, x: i * 5, y: i * 3, width: 40, height: 40 }));
    const read = await Promise.all(regions.map((region) => slide.readRegion(region)));
    for (const [i, { x, y }] of regions.entries()) expect(read[i]).toEqual(cropPicture(PICTURE, x, y, 40, 40));
    await slide.readRegion(regions[3] as (typeof regions)[0]);
    const frames = frameRequests(server).flatMap(({ frames }) => frames);
    expect(new Set(frames).size).toBe(frames.length);
  });

  it('has the same identity as often as it is opened, and another where something is another', async () => {
    const identity = async (options?: WsiFileOptions) => (await openAt(await plainServer(options))).sha256;
    const same = await identity();
    expect(same).toMatch(/^[0-9a-f]{64}$/);
    expect(await identity()).toBe(same);
    expect(await identity({ sopInstanceUid: '1.2.3.1.7' })).not.toBe(same);
    const order = Array.from({ length: 70 }, (_, index) => index);
    expect(await identity({ organization: 'sparse', order })).not.toBe(
      await identity({ organization: 'sparse', order: SHUFFLED }),
    );
  });

  it.each<[string, FakeDicomWebOptions]>([
    [
      'a quoted boundary',
      { ...PLAIN, answerType: (name) => `multipart/related;boundary="${name}";type="application/octet-stream"` },
    ],
    ['parts without a head', { ...PLAIN, partHead: () => '' }],
    [
      'lines that end in LF alone',
      { ...PLAIN, newline: '\n', partHead: (bytes) => `content-length: ${bytes.length}\n` },
    ],
    ['wrong lengths of parts', { ...PLAIN, partHead: (bytes) => `Content-Length: ${bytes.length + 7}\r\n` }],
  ])('is read from answers with %s', async (_, options) => {
    const slide = await openAt(await serve([await wsiFile(PICTURE, { syntax: EXPLICIT })], options));
    expect(await slide.readRegion(whole)).toEqual(PICTURE.pixels);
  });
});

describe('a DICOMweb server that fails', () => {
  it.each([500, 503, 429])('with HTTP %i now and then is asked again', async (status) => {
    const server = await plainServer();
    const slide = await openAt(server);
    server.disturbances.push(failing(3, status));
    expect(await slide.readRegion(whole)).toEqual(PICTURE.pixels);
  });

  it('by losing the connection, or in the middle of an answer, is asked again', async () => {
    const server = await plainServer();
    const slide = await openAt(server);
    let times = 0;
    server.disturbances.push((request, response) => {
      times += isForFrames(request) ? 1 : 0;
      if (!isForFrames(request) || times > 3) return false;
      if (times === 1) response.destroy();
      // A whole answer by HTTP, which lacks its last part.
      else if (times === 2)
        response.writeHead(200, { 'content-type': 'multipart/related; boundary=x' }).end('--x\r\n\r\nabc');
      else {
        response.writeHead(200, { 'content-type': 'multipart/related; boundary=x', 'content-length': '500' });
        response.write('--x\r\n\r\n');
        setImmediate(() => response.destroy());
      }
      return true;
    });
    expect(await slide.readRegion(whole)).toEqual(PICTURE.pixels);
  });

  it('for good is unreachable, and the slide can be read when it is back', async () => {
    const server = await plainServer();
    const slide = await openAt(server, { attempts: 2 });
    server.disturbances.push((request, response) => isForFrames(request) && response.destroy() !== undefined);
    await expect(slide.readRegion(whole)).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
    server.disturbances.length = 0;
    expect(await slide.readRegion(whole)).toEqual(PICTURE.pixels);
  });

  it('by saying nothing is given up', async () => {
    const server = await plainServer();
    const slide = await openAt(server, { attempts: 1, timeoutMs: 50 });
    server.disturbances.push(isForFrames);
    await expect(slide.readRegion(whole)).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
  });

  it('to give one frame takes no other with it', async () => {
    const server = await plainServer();
    const slide = await openAt(server);
    server.disturbances.push(({ frames }, response) => {
      if (!frames.includes(12)) return false;
      response.writeHead(404).end();
      return true;
    });
    const row = { level: 0, x: 16, y: 16, width: 118, height: 16 };
    // Asked for at the same moment, the frames of both come with one request.
    const [refused, read] = await Promise.allSettled([
      slide.readRegion({ ...row, width: 32 }),
      slide.readRegion({ ...row, x: 32 }),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'DH_SLIDE_REGION_UNREADABLE' } });
    expect(read).toEqual({ status: 'fulfilled', value: cropPicture(PICTURE, 32, 16, 118, 16) });
  });

  it.each([401, 403])('to know who asks (HTTP %i) is not asked again', async (status) => {
    const server = await plainServer();
    server.disturbances.push((_, response) => response.writeHead(status).end() !== undefined);
    await expect(openAt(server)).rejects.toMatchObject({ code: 'DH_PLATFORM_UNAUTHENTICATED' });
    expect(server.requests).toHaveLength(1);
  });

  it('to write frames as JPEG is asked for them as they are stored', async () => {
    const stored: FakeDicomWebOptions = { accepts: (accept) => accept.includes('transfer-syntax=*') };
    const server = await serve([await wsiFile(PICTURE)], stored);
    const slide = await openAt(server);
    await slide.readRegion(whole);
    const before = frameRequests(server).length;
    // What it has taken once is what it is asked for from then on.
    await slide.readRegion({ ...whole, x: 1 });
    expect(
      frameRequests(server)
        .slice(before)
        .every(({ accept }) => accept.includes('*')),
    ).toBe(true);
  });

  it('by sending a client elsewhere is not followed', async () => {
    const server = await plainServer();
    server.disturbances.push(
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end() !== undefined,
    );
    await expect(openAt(server)).rejects.toMatchObject({ code: 'DH_PLATFORM_REFUSED' });
  });

  it.each([
    ['no JSON', 'not json', 'DH_PLATFORM_UNREACHABLE'],
    ['another JSON', '{"a":1}', 'DH_PLATFORM_REFUSED'],
    ['no instances', '[]', 'DH_SLIDE_UNREADABLE'],
    ['a UID that is a path', '[{"00080018":{"vr":"UI","Value":["../../x"]}}]', 'DH_SLIDE_UNREADABLE'],
  ])('by answering with %s is told so', async (_, body, code) => {
    const server = await plainServer();
    server.disturbances.push((_request, response) => response.writeHead(200).end(body) !== undefined);
    await expect(openAt(server)).rejects.toMatchObject({ code });
  });

  it('to know the series has no such slide', async () => {
    const server = await plainServer();
    await expect(openAt(server, { series: '1.2.3.9' })).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
  });
});

describe('reading from a DICOMweb server', () => {
  it('is given up at once when it is cancelled, and others go on', async () => {
    const server = await plainServer();
    const slide = await openAt(server);
    const held: (() => void)[] = [];
    server.disturbances.push((request, response) => {
      if (!isForFrames(request) || held.length > 0) return false;
      held.push(() => response.writeHead(503).end());
      return true;
    });
    const controller = new AbortController();
    const cancelled = slide.readRegion({ ...whole, width: 32, height: 32 }, controller.signal);
    const other = slide.readRegion({ ...whole, width: 16, height: 16 });
    await expect.poll(() => held.length).toBe(1);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    for (const release of held) release();
    expect(await other).toEqual(cropPicture(PICTURE, 0, 0, 16, 16));
  });

  it('that was cancelled keeps no slide from being closed, though the server is silent', async () => {
    const server = await plainServer();
    const slide = await openAt(server);
    let asked = 0;
    server.disturbances.push((request) => {
      asked += isForFrames(request) ? 1 : 0;
      return isForFrames(request);
    });
    const controller = new AbortController();
    const cancelled = slide.readRegion(whole, controller.signal);
    await expect.poll(() => asked).toBeGreaterThan(0);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    await slide.close();
  }, 10_000);

  it('is refused when the slide is closed', async () => {
    const slide = await openAt(await plainServer());
    await slide.close();
    await slide.close();
    await expect(slide.readRegion(whole)).rejects.toMatchObject({
      message: expect.stringContaining('closed') as string,
    });
  });
});
