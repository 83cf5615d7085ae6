import type { runtimeV1 } from '@deephealth/proto';
import { ERROR_CATALOG, type ImageInputSpec } from '@deephealth/sdk';
import { pngFile } from '@deephealth/sdk/testing';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { EXPLANATION, photoPackage, pixels, png, SIDE, SPOT_BIAS, SPOT_WEIGHTS } from './highlight-packages.js';
import { refusalOf, startTestServer, type TestServer } from './test-server.js';

/** Bright everywhere, with a seeded-looking pattern, so that covers differ. */
const LEVELS = pixels((row, column) => 120 + ((row * 31 + column * 17) % 120));
const request = (modelName: string, image = png(LEVELS), highlights = ['spot']): runtimeV1.PredictRequest => ({
  modelName,
  inputs: [{ name: 'photo', image: { data: image, mediaType: 'image/png' } }],
  highlights,
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const probability = (values: readonly number[]) =>
  sigmoid(values.reduce((sum, value, i) => sum + value * (SPOT_WEIGHTS[i] as number), SPOT_BIAS));
const scaled = (levels: readonly number[]) => levels.map((level) => level / 255);

/** The occlusion map by its definition: every cover in turn, pixel by pixel. */
function expectedMap(levels: readonly number[]): number[] {
  const values = scaled(levels);
  const sums = new Array<number>(values.length).fill(0);
  const covers = new Array<number>(values.length).fill(0);
  const starts = [0, 2, 4, 6, 8, 10, 12];
  for (const top of starts) {
    for (const left of starts) {
      const isCovered = (i: number) => {
        const [row, column] = [Math.floor(i / SIDE), i % SIDE];
        return row >= top && row < top + 4 && column >= left && column < left + 4;
      };
      const drop = probability(values) - probability(values.map((value, i) => (isCovered(i) ? 0 : value)));
      values.forEach((_, i) => {
        if (!isCovered(i)) return;
        sums[i] = (sums[i] as number) + drop;
        covers[i] = (covers[i] as number) + 1;
      });
    }
  }
  return sums.map((sum, i) => sum / (covers[i] as number));
}

/** A quarter turn and the middle of what came: 20 wide and 18 high, prepared as 16 x 16. */
const MOVED_STEPS: ImageInputSpec['steps'] = [
  { op: 'decode_image', colour: 'gray' },
  { op: 'transpose_image' },
  { op: 'flip_image', direction: 'horizontal' },
  { op: 'crop_image', width: SIDE, height: SIDE },
  { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0], std: [1] },
];
const [MOVED_WIDTH, MOVED_HEIGHT] = [20, 18];
/** Row and column of the image as sent, of a prepared pixel. */
const placeAsSent = (row: number, column: number) =>
  // Transposed it is 18 wide and 20 high; the crop begins at column 1 and row 2 of it, and column c of it
  // is row 17 - c of the image as sent.
  ({ row: MOVED_HEIGHT - 1 - (column + 1), column: row + 2 });

function floatsOf(map: runtimeV1.Map__Output | null | undefined): number[] {
  const data = map?.values?.data as Buffer;
  return Array.from({ length: data.byteLength / 4 }, (_, i) => data.readFloatLE(i * 4));
}

describe('the region behind a score', () => {
  let test: TestServer;
  beforeAll(async () => {
    test = await startTestServer([
      photoPackage({ name: 'spot' }),
      photoPackage({ name: 'always', explanation: { ...EXPLANATION, when: 'always' } }),
      photoPackage({ name: 'moved', input: { steps: MOVED_STEPS } }),
      photoPackage({ name: 'blind', weights: SPOT_WEIGHTS.map(() => 0) }),
      // One at a time, so that a caller can leave between two.
      photoPackage({
        name: 'many',
        execution: { maxBatchSize: 1 },
        explanation: { ...EXPLANATION, patch: [2, 2], stride: [1, 1], deletion: { steps: 17, randomOrders: 99 } },
      }),
      photoPackage({
        name: 'absurd',
        explanation: { ...EXPLANATION, patch: [2, 2], stride: [1, 1], deletion: { steps: 100, randomOrders: 99 } },
      }),
    ]);
  });
  afterAll(() => test.stop());

  it('is what the definition of occlusion gives, on the grid of the input', async () => {
    const { findings, provenance, warnings } = await test.client.predict(request('spot'));
    const [spot] = findings;
    expect(spot?.classification?.classes[1]?.probability).toBeCloseTo(probability(scaled(LEVELS)), 6);
    const highlight = spot?.highlight as runtimeV1.Map__Output;
    expect(highlight.grid?.size.map(Number)).toEqual([SIDE, SIDE]);
    const [got, expected] = [floatsOf(highlight), expectedMap(LEVELS)];
    expected.forEach((value, i) => {
      expect(got[i], `sample ${i}`).toBeCloseTo(value, 5);
    });
    expect(Math.max(...got)).toBeGreaterThan(0.2);
    expect(highlight.explanation).toMatchObject({
      method: 'occlusion',
      target: 'present',
      preparedSize: [SIDE, SIDE],
      patch: [4, 4],
      stride: [2, 2],
      baseline: 'value',
      baselineValues: [0],
      // 7 x 7 places, 9 points of 10 curves, and everything covered.
      runs: 49 + 9 * 10 + 1,
    });
    expect(highlight.explanation?.score).toBe(spot?.classification?.classes[1]?.probability);
    expect(Number(provenance?.timings?.inferenceUs)).toBeGreaterThan(0);
    expect(warnings.map(({ kind }) => kind)).not.toContain('WARNING_KIND_HIGHLIGHT_DOUBTFUL');
  });

  it('[DH-R-040] comes with the deletion test that it passed', async () => {
    const { findings } = await test.client.predict(request('spot'));
    const explanation = findings[0]?.highlight?.explanation;
    const deletion = explanation?.deletion as runtimeV1.DeletionTest__Output;
    expect(deletion).toMatchObject({ isBetterThanRandom: true, randomOrders: 9, seed: 1 });
    expect(deletion.covered[0]).toBe(0);
    expect(deletion.covered.at(-1)).toBe(1);
    // Of 64 regions, 6 or 7 hold the spot, 4 of them nearly all of it; once they are covered, only the bias is left.
    expect(deletion.scores[0]).toBe(explanation?.score);
    expect(deletion.scores[1]).toBeCloseTo(sigmoid(SPOT_BIAS), 2);
    expect(deletion.scores.at(-1)).toBeCloseTo(sigmoid(SPOT_BIAS), 6);
    const areaUnder = (curve: readonly number[]) =>
      curve.slice(1).reduce((sum, value, i) => {
        const width = (deletion.covered[i + 1] as number) - (deletion.covered[i] as number);
        return sum + (width * (value + (curve[i] as number))) / 2;
      }, 0);
    expect(deletion.area).toBeCloseTo(areaUnder(deletion.scores), 12);
    expect(deletion.randomArea).toBeCloseTo(areaUnder(deletion.randomScores), 12);
    expect(deletion.faithfulness).toBeCloseTo(deletion.randomArea - deletion.area, 12);
    expect(deletion.faithfulness).toBeGreaterThan(0.2);
  });

  it('[DH-R-040] is given with a warning where it is no better than a random one', async () => {
    const { findings, warnings } = await test.client.predict(request('blind'));
    const explanation = findings[0]?.highlight?.explanation;
    expect(explanation?.deletion).toMatchObject({ isBetterThanRandom: false });
    expect(explanation?.deletion?.faithfulness).toBeCloseTo(0, 12);
    expect(warnings).toContainEqual(
      expect.objectContaining({ kind: 'WARNING_KIND_HIGHLIGHT_DOUBTFUL', field: 'spot' }),
    );
  });

  it('lies on the grid of a larger image as it was sent', async () => {
    const larger = pixels((row, column) => LEVELS[Math.floor(row / 3) * SIDE + Math.floor(column / 3)] as number, 48);
    const { findings } = await test.client.predict(request('spot', png(larger, 48)));
    const highlight = findings[0]?.highlight as runtimeV1.Map__Output;
    expect(highlight.grid?.size.map(Number)).toEqual([48, 48]);
    const [got, expected] = [floatsOf(highlight), expectedMap(LEVELS)];
    // The middle of each block of 3 x 3 pixels is the place of one prepared pixel.
    expected.forEach((value, i) => {
      const [row, column] = [3 * Math.floor(i / SIDE) + 1, 3 * (i % SIDE) + 1];
      expect(got[row * 48 + column], `sample ${i}`).toBeCloseTo(value, 5);
    });
  });

  it('comes back through a turn and a crop, and says that the rest had no part in the score', async () => {
    const levels = Array<number>(MOVED_WIDTH * MOVED_HEIGHT).fill(255);
    const expected = Array<number>(MOVED_WIDTH * MOVED_HEIGHT).fill(Number.NaN);
    const map = expectedMap(LEVELS);
    LEVELS.forEach((level, i) => {
      const { row, column } = placeAsSent(Math.floor(i / SIDE), i % SIDE);
      levels[row * MOVED_WIDTH + column] = level;
      expected[row * MOVED_WIDTH + column] = map[i] as number;
    });
    const image = pngFile({ width: MOVED_WIDTH, height: MOVED_HEIGHT, depth: 8, colour: 'gray', bytes: levels });
    const { findings, warnings } = await test.client.predict(request('moved', image));
    expect(findings[0]?.classification?.classes[1]?.probability).toBeCloseTo(probability(scaled(LEVELS)), 6);
    const highlight = findings[0]?.highlight as runtimeV1.Map__Output;
    expect(highlight.grid?.size.map(Number)).toEqual([MOVED_HEIGHT, MOVED_WIDTH]);
    const got = floatsOf(highlight);
    expect(got.filter(Number.isNaN)).toHaveLength(MOVED_WIDTH * MOVED_HEIGHT - SIDE * SIDE);
    expected.forEach((value, i) => {
      if (Number.isNaN(value)) expect(got[i], `pixel ${i}`).toBeNaN();
      else expect(got[i], `pixel ${i}`).toBeCloseTo(value, 5);
    });
    expect(warnings).toContainEqual(
      expect.objectContaining({
        kind: 'WARNING_KIND_PARTLY_EXAMINED',
        field: 'spot',
        message: expect.stringContaining('saw only a part of "photo"'),
      }),
    );
    const whole = await test.client.predict(request('spot'));
    expect(whole.warnings.map(({ kind }) => kind)).not.toContain('WARNING_KIND_PARTLY_EXAMINED');
  });

  it('is given to whoever asks, and to everybody where the manifest says so', async () => {
    const unasked = await test.client.predict(request('spot', png(LEVELS), []));
    expect(unasked.findings[0]?.highlight).toBeNull();
    const always = await test.client.predict(request('always', png(LEVELS), []));
    expect(always.findings[0]?.highlight?.explanation?.runs).toBe(140);
    const other = await test.client.predict({ ...request('always', png(LEVELS), []), outputs: ['raw'] });
    expect(other.findings.map(({ name, highlight }) => [name, highlight])).toEqual([['raw', null]]);
    const model = await test.client.getModel('spot');
    expect(model.outputs.map(({ highlightMethod }) => highlightMethod)).toEqual(['occlusion', '']);
  });

  it('[DH-R-041] is refused for an output without an explanation, and for one that is not there', async () => {
    const unsupported = await refusalOf(test.client.predict(request('spot', png(LEVELS), ['raw'])));
    expect(unsupported.code).toBe('DH_FEATURE_UNSUPPORTED');
    expect(status[ERROR_CATALOG[unsupported.code].grpc]).toBe(status.UNIMPLEMENTED);
    for (const highlights of [['nothing'], ['spot', 'nothing']]) {
      const unknown = await refusalOf(test.client.predict(request('spot', png(LEVELS), highlights)));
      expect(unknown.code).toBe('DH_OUTPUT_UNKNOWN');
    }
    const left = await refusalOf(test.client.predict({ ...request('spot'), outputs: ['raw'] }));
    expect(left.code).toBe('DH_OUTPUT_UNKNOWN');
  });

  it('takes a bounded number of runs, or the package is refused', async () => {
    const [absurd] = await test.client.listModels('absurd');
    expect(absurd?.state).toBe('MODEL_STATE_QUARANTINED');
    expect(absurd?.stateReason?.reason).toBe('MANIFEST_INVALID');
    // 15 x 15 places, 99 points of 100 curves, one of everything.
    expect(absurd?.stateReason?.message).toContain(`takes ${225 + 9900 + 1} runs`);
    expect(absurd?.stateReason?.message).toContain('/outputs/0/explanation/stride');
  });

  it('ends with the call that asked for it, and the host goes on', async () => {
    const model = test.server.store.versions('many')[0];
    const pid = model?.hostPid;
    const leave = new AbortController();
    const call = refusalOf(test.client.predict(request('many'), { signal: leave.signal }));
    await eventually('a run', () => (model?.running ?? 0) > 0);
    leave.abort();
    expect((await call).code).toBe('DH_CANCELLED');
    await eventually('the end of the runs', () => model?.running === 0 && model.queueLength === 0);
    const { findings } = await test.client.predict(request('many', png(LEVELS), []));
    expect(findings[0]?.classification?.decision).toEqual(['present']);
    expect([model?.hostPid, model?.hostRestarts]).toEqual([pid, 0]);
  });

  it('gives the same map when it shares the host with other requests', async () => {
    const alone = await test.client.predict(request('spot'));
    const answers = await Promise.all([
      test.client.predict(request('spot')),
      ...Array.from({ length: 20 }, () => test.client.predict(request('spot', png(pixels(() => 9)), []))),
      test.client.predict(request('spot')),
    ]);
    for (const { findings } of [answers[0], answers[21]] as (typeof alone)[]) {
      expect(floatsOf(findings[0]?.highlight)).toEqual(floatsOf(alone.findings[0]?.highlight));
    }
    const [weak] = answers[1]?.findings ?? [];
    const level = sigmoid(SPOT_BIAS + (16 * 0.5 * 9) / 255);
    expect(weak?.classification?.classes[1]?.probability).toBeCloseTo(level, 6);
  });
});
