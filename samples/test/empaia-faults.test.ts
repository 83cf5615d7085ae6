import { empaiaConnection, withEmpaiaJob } from '@deephealth/adapter-digital-pathology';
import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fields } from '../hosts/pathology/empaia-documents.js';
import type { Disturbance } from '../hosts/pathology/empaia-double.js';
import { itemsOf, pixelOf, prepareJob, type ServedTissue, serveTissue } from './empaia-job.js';

const PIXELMAP = 'probability_tissue';

let served: ServedTissue;
let client: RuntimeClient;
beforeAll(async () => {
  served = await serveTissue();
  ({ client } = served);
}, 60_000);
afterAll(() => served.stop());

describe('a job of EMPAIA that does not go well', () => {
  /** Answers the first so many requests of a kind otherwise, and counts all of them. */
  const first = (times: number, pattern: RegExp, disturbance: Disturbance) => {
    const seen = { count: 0 };
    const disturb = (kind: string) => {
      if (!pattern.test(kind)) return undefined;
      seen.count += 1;
      return seen.count <= times ? disturbance : undefined;
    };
    return { seen, disturb };
  };

  it.each<[string, RegExp, Disturbance]>([
    ['of a part of the slide breaks', /^GET regions/, 'break'],
    ['of a part of the slide is cut off', /^GET regions/, 'cut'],
    ['of a part of the slide fails', /^GET regions/, 503],
    ['of a part of the slide fails inside the platform', /^GET regions/, 500],
    ['of the input breaks', /^GET inputs/, 'break'],
    ['of a tile gets lost', /^PUT pixelmaps/, 'lose'],
    ['of a tile meets a lock', /^PUT pixelmaps/, 423],
    ['of a tile meets a busy platform', /^PUT pixelmaps/, 429],
    ['of items meets a lock', /^POST collections/, 423],
    ['of an output meets a lock', /^POST outputs/, 423],
    ['of the end fails', /^PUT finalize/, 502],
    ['of the progress fails', /^PUT progress/, 500],
  ])('goes on where a request %s', async (_, pattern, disturbance) => {
    const { double, run } = await prepareJob(client);
    const { seen, disturb } = first(2, pattern, disturbance);
    double.disturb = disturb;
    await run();
    expect(seen.count).toBeGreaterThan(pattern.source.includes('progress') ? 0 : 2);
    expect(double.store.isFinalized).toBe(true);
    expect(itemsOf(double, 'regions')).toHaveLength(3);
    expect(double.store.orphans).toEqual([]);
    expect(double.store.failures).toEqual([]);
  });

  it('begins a collection anew where an answer to its items got lost, so that none is there twice', async () => {
    const { double, run } = await prepareJob(client);
    double.disturb = first(1, /^POST collections/, 'lose').disturb;
    await run();
    expect(double.store.orphans).toMatchObject([{ item_type: 'polygon' }]);
    expect(itemsOf(double, 'regions')).toHaveLength(3);
    expect(itemsOf(double, 'region_classes').map(({ reference_id }) => reference_id)).toEqual(
      itemsOf(double, 'regions').map(({ id }) => id),
    );
  });

  it('sends fewer items and fewer tiles at a time where those are too many', async () => {
    // A tile has 2^18 bytes: one at a time, and items in parts.
    const { double, run } = await prepareJob(client, { mostBodyBytes: 2 ** 18 });
    double.disturb = first(1, /^POST collections/, 413).disturb;
    await run();
    const count = (text: string) => double.requests.filter((request) => request.includes(text)).length;
    expect(count('/position/start/')).toBeGreaterThan(0);
    expect(count('/end/') - double.requests.filter((request) => /end.* 413/.test(request)).length).toBe(0);
    expect(double.store.tiles.size).toBe(3 * 2);
    expect(itemsOf(double, 'regions')).toHaveLength(3);
    expect(double.requests.filter((request) => /^POST collections.* 201/.test(request)).length).toBeGreaterThan(2);
    expect(pixelOf(double, PIXELMAP, 140, 400)).toBeGreaterThan(0.5);
  });

  it('puts tiles one by one where a platform takes no more', async () => {
    const { double, run } = await prepareJob(client, { takesBulk: false });
    await run();
    expect(double.store.tiles.size).toBe(3 * 2);
    expect(pixelOf(double, PIXELMAP, 140, 400)).toBeGreaterThan(0.5);
    expect(pixelOf(double, PIXELMAP, 140, 20)).toBeLessThan(0.5);
  });

  it('tells the platform that it lost the connection for too long, in words for a pathologist', async () => {
    const { double, run } = await prepareJob(client);
    double.disturb = first(Number.POSITIVE_INFINITY, /^GET regions/, 'break').disturb;
    await expect(run({ retries: 2 })).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
    expect(double.store.failures).toEqual([
      'The connection to the platform was lost for too long. The analysis did not end; start it again. (DH_PLATFORM_UNREACHABLE)',
    ]);
    expect(double.store.outputs.size).toBe(0);
  });

  it('goes on after a restart, and posts nothing twice that was confirmed', async () => {
    const { double, run } = await prepareJob(client);
    double.disturb = first(Number.POSITIVE_INFINITY, /^POST collections/, 'break').disturb;
    await expect(run({ retries: 1 })).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
    const pixelmap = double.store.outputs.get(PIXELMAP);
    const fetched = double.requests.filter((request) => request.startsWith('GET regions')).length;
    double.disturb = () => undefined;
    await run();
    expect(double.store.outputs.get(PIXELMAP)).toBe(pixelmap);
    expect(itemsOf(double, 'regions')).toHaveLength(3);
    expect(double.store.isFinalized).toBe(true);
    // The map is there: no part of the slide is fetched again.
    expect(double.requests.filter((request) => request.startsWith('GET regions'))).toHaveLength(fetched);
  });

  it('is refused with a token that the platform does not know, and repeats nothing', async () => {
    const { double, run } = await prepareJob(client);
    await expect(run({ token: 'another' })).rejects.toMatchObject({ code: 'DH_PLATFORM_UNAUTHENTICATED' });
    // Nor can it say so there.
    expect(double.requests).toEqual(['GET inputs/my_wsi 401', 'PUT failure 401']);
  });

  it.each<[string, Fields, string, string]>([
    ['without a size of its pixels', { pixel_size_nm: null }, 'DH_SLIDE_SCALE_MISSING', 'how large its pixels are'],
    [
      'with pixels of no size',
      { pixel_size_nm: { x: 0, y: 0, z: 0 } },
      'DH_SLIDE_SCALE_MISSING',
      'how large its pixels',
    ],
    [
      'with pixels that are not square',
      { pixel_size_nm: { x: 250, y: 500 } },
      'DH_SLIDE_GEOMETRY_CONFLICT',
      'contradicts',
    ],
    ['that is too coarse', { pixel_size_nm: { x: 9000, y: 9000 } }, 'DH_SLIDE_UNSUITABLE', 'too coarse'],
    ['of several focal planes', { extent: { x: 1400, y: 1000, z: 5 } }, 'DH_SLIDE_UNSUITABLE', 'focal planes'],
    ['of five channels', { channels: [{}, {}, {}, {}, {}] }, 'DH_SLIDE_UNREADABLE', 'brightfield'],
    ['of 16 bits', { channel_depth: 16 }, 'DH_SLIDE_UNREADABLE', 'brightfield'],
    ['without levels', { levels: [], num_levels: 0 }, 'DH_SLIDE_UNREADABLE', 'description is incomplete'],
  ])('ends for a slide %s, before anything is posted', async (_, wsi, code, text) => {
    const { double, run } = await prepareJob(client, { wsi });
    await expect(run()).rejects.toMatchObject({ code });
    expect(double.store.outputs.size).toBe(0);
    expect(double.store.failures).toHaveLength(1);
    expect(double.store.failures[0]).toContain(text);
    expect(double.store.failures[0]).not.toMatch(/https?:|\/tmp|[0-9a-f]{8}-/);
  });

  it('ends for levels that are others than they are said to be', async () => {
    const extent = { x: 1400, y: 1000, z: 1 };
    const half = { extent: { x: 700, y: 500, z: 1 }, downsample_factor: 4 };
    const wsi = { levels: [{ extent, downsample_factor: 1 }, half], num_levels: 2 };
    const { run } = await prepareJob(client, { wsi });
    await expect(run()).rejects.toMatchObject({ code: 'DH_SLIDE_GEOMETRY_CONFLICT' });
  });

  it('takes the size of a pixel that it is given', async () => {
    const { double, run } = await prepareJob(client, { wsi: { pixel_size_nm: null } });
    await run({ micronsPerPixel: 1 });
    expect(double.store.isFinalized).toBe(true);
  });

  it('is no failure when it is cancelled, and can go on', async () => {
    const { double, run } = await prepareJob(client);
    const controller = new AbortController();
    double.disturb = (kind) => {
      if (kind.startsWith('PUT pixelmaps')) controller.abort();
      return undefined;
    };
    await expect(run({ signal: controller.signal })).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    expect(double.store).toMatchObject({ failures: [], isFinalized: false });
    double.disturb = () => undefined;
    await run();
    expect(double.store.isFinalized).toBe(true);
    expect(double.store.orphans).toEqual([]);
  });

  it('tells how it ended though what ends it has been called', async () => {
    const { double } = await prepareJob(client);
    const connection = { ...empaiaConnection(double.environment), signal: AbortSignal.abort() };
    const failure = new DeepHealthError('DH_SLIDE_UNREADABLE', 'a fault');
    await expect(withEmpaiaJob(connection, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(double.store.failures).toMatchObject([expect.stringContaining('DH_SLIDE_UNREADABLE')]);
  });

  it('posts outputs of one run alone', async () => {
    const { double, run } = await prepareJob(client);
    double.disturb = first(Number.POSITIVE_INFINITY, /^PUT finalize/, 'break').disturb;
    await expect(run({ retries: 0 })).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
    await expect(run({ micronsPerPixel: 1.01 })).rejects.toMatchObject({ code: 'DH_RUN_STATE_MISMATCH' });
  });
});
