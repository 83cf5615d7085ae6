import type { runtimeV1 } from '@deephealth/proto';
import { soundAnswer } from './fake-runtime.js';

export interface MadeRegion {
  readonly width?: number;
  readonly height?: number;
  readonly isBetterThanRandom?: boolean;
  /** Of the target, as the explanation states it. */
  readonly score?: number;
  readonly at?: (x: number, y: number) => number;
  readonly map?: Partial<runtimeV1.Map__Output>;
}

/** What a sound runtime would answer for the chest X-ray sample; with a highlight where it is asked for one. */
export function xrayAnswer(
  request: runtimeV1.PredictRequest,
  probability = 0.9,
  made: MadeRegion = {},
): runtimeV1.PredictResponse__Output {
  const isExplained = (request.highlights ?? []).includes('finding');
  const { isBetterThanRandom = true } = made;
  const doubt = {
    kind: 'WARNING_KIND_HIGHLIGHT_DOUBTFUL',
    field: 'finding',
    message: 'RAW WORDS OF THE RUNTIME',
  } as const;
  return soundAnswer(request, probability, {
    finding: { name: 'finding', highlight: isExplained ? highlightOf(probability, made) : null },
    classification: {
      classes: [
        { label: 'normal', codes: [], probability: 1 - probability },
        { label: 'pneumonia', codes: [], probability, threshold: 0.76 },
      ],
      decision: [probability >= 0.76 ? 'pneumonia' : 'normal'],
    },
    response: { warnings: isExplained && !isBetterThanRandom ? [doubt] : [] },
  });
}

/** A spot in the middle that fades away, unless it is said otherwise. */
export function highlightOf(
  probability: number,
  { width = 28, height = 28, isBetterThanRandom = true, score = probability, at, map }: MadeRegion = {},
): runtimeV1.Map__Output {
  const spot = (x: number, y: number) =>
    0.3 * Math.exp(-(((x / width - 0.5) * 6) ** 2) - ((y / height - 0.6) * 6) ** 2);
  const values = Float32Array.from({ length: width * height }, (_, i) =>
    (at ?? spot)(i % width, Math.floor(i / width)),
  );
  return {
    values: {
      dataType: 'DATA_TYPE_FP32',
      shape: [String(height), String(width)],
      data: Buffer.from(values.buffer),
    },
    grid: { size: [String(height), String(width)] },
    quantity: 'attribution',
    unit: '1',
    method: 'made up',
    explanation: {
      method: 'occlusion',
      target: 'pneumonia',
      score,
      preparedSize: [28, 28],
      patch: [7, 7],
      stride: [4, 4],
      baseline: 'mean',
      baselineValues: [0.5],
      runs: 140,
      deletion: {
        faithfulness: isBetterThanRandom ? 0.213 : -0.04,
        area: 0.4,
        randomArea: 0.6,
        lowestRandomArea: 0.5,
        isBetterThanRandom,
        randomOrders: 9,
        seed: 1,
        covered: [],
        scores: [],
        randomScores: [],
      },
    },
    ...map,
  } as runtimeV1.Map__Output;
}
