// A model that there is not: it gives what the samples do not, such as an abstention, events, text and tables.
import type { Drawing, Finding, ModelAnswer, ModelRow, Prediction } from '../../src/api.js';

export const EVERY_KIND: ModelRow = {
  name: 'every-kind',
  version: '2.0.0-rc.1',
  title: 'A test model with one finding of each kind',
  state: 'READY',
  packageSha256: 'e1'.repeat(32),
  isDefault: true,
  hostRestarts: 1,
  stateChangedAt: '2025-03-04T09:00:04.000Z',
};

const LIMITS = ['Computes nothing: it is there for tests of the console.'];

export function everyKindAnswer(summary: ModelRow): ModelAnswer {
  return {
    summary,
    descriptor: { outputs: [{ name: 'lesions', highlightMethod: 'occlusion' }] },
    manifest: {
      intendedUse: 'Tests of the console.',
      limitations: LIMITS,
      license: 'Apache-2.0',
      inputs: [{ name: 'input', kind: 'image', description: 'Any bytes.' }],
      outputs: [{ name: 'lesions', kind: 'detections', description: 'Places of lesions.' }],
    },
    card: HOSTILE_CARD,
    platforms: [],
    goldenCases: { count: 1, worstError: null },
    checks: [],
    examples: [],
  };
}

/** Markdown that would run or fetch something, if it were taken as HTML. */
const HOSTILE_CARD = `# Card <script>document.title = 'run'</script>

<img src="https://elsewhere.example/pixel.png" onerror="document.title='run'">

![a picture](https://elsewhere.example/picture.png) and [a trap](javascript:document.title='run') and
[a source](https://example.org/data).

| a | b |
|---|---|
| 1 | 2 |
`;

function wave(hz: number, phase: number): number[] {
  return Array.from({ length: 2000 }, (_, index) => Number(Math.sin(index * hz * 0.02 + phase).toFixed(3)));
}

const SIGNAL: Drawing = {
  kind: 'signal',
  durationSeconds: 40,
  channels: [
    { name: 'Fp1', unit: 'uV', samplingRateHz: 50, values: wave(1.5, 0) },
    { name: 'Fp2', unit: 'uV', samplingRateHz: 50, values: wave(2.2, 1) },
  ],
};

const FINDINGS: readonly Finding[] = [
  {
    output: 'seizures',
    kind: 'events',
    title: 'Seizures',
    decision: '2 events',
    events: [
      { label: 'seizure', startSeconds: 4.5, durationSeconds: 6, probability: 0.91 },
      { label: 'seizure', startSeconds: 27, durationSeconds: 3.2, probability: 0.62 },
    ],
    drawing: SIGNAL,
  },
  { output: 'age', kind: 'regression', title: 'Age', decision: '61.2 a', value: { number: 61.2, unit: 'a' } },
  { output: 'report', kind: 'text', title: 'Report', text: 'No change since <b>before</b>.\nSecond line.' },
  {
    output: 'lesions',
    kind: 'detections',
    title: 'Lesions',
    decision: '1 detection',
    drawing: {
      kind: 'table',
      columns: ['label', 'probability', 'x', 'y'],
      rows: [['lesion', 0.7331, 12, 40]],
    },
  },
  { output: 'features', kind: 'tensor', title: 'Features', decision: 'FP32 [1, 512]' },
];

export function everyKindPrediction(body: Buffer): Prediction {
  const abstained = body.toString().includes('unlike');
  return {
    requestId: 'console-every-kind',
    model: {
      name: EVERY_KIND.name,
      version: EVERY_KIND.version,
      packageSha256: EVERY_KIND.packageSha256,
      onnxSha256: 'a7'.repeat(32),
    },
    provenance: {},
    warnings: [
      {
        code: 'RESEARCH_USE_ONLY',
        message: 'This model is for research only and must not guide the care of a patient.',
      },
      ...(abstained
        ? [{ code: 'ABSTAINED', message: 'The input is unlike anything that the model was trained on.' }]
        : [{ code: 'PARTLY_EXAMINED', message: 'The last 12 s were not examined.' }]),
    ],
    abstained,
    findings: FINDINGS,
    timings: { queueMs: 0.4, runMs: 12, totalMs: 31 },
    researchUseOnly: true,
    limits: LIMITS,
  };
}
