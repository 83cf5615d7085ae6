import { createHash } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import { tensorFromValues, toContractTensor } from '@deephealth/sdk';
import type { PlatformFinding } from '../../simulators/platform-simulator.js';

/** An answer of the runtime, and what a platform must hold of it: written down twice, so that no code of an adapter is trusted. */
export interface MadeAnswer {
  readonly response: runtimeV1.PredictResponse;
  readonly platform: readonly PlatformFinding[];
}

const SNOMED = 'http://snomed.info/sct';
const UCUM_AREA = 'mm2';

/** Turned, anisotropic, off the origin and not on the full resolution: a careless copy is seen. */
const GRID = {
  size: [2, 3],
  origin: [-12.5, 40.25],
  spacing: [0.5, 0.75],
  direction: [0, 1, -1, 0],
  unit: 'LENGTH_UNIT_MILLIMETRE',
  convention: 'COORDINATE_CONVENTION_LPS',
  level: 2,
} as const;

const mask = tensorFromValues('UINT8', [2, 3], [0, 1, 2, 1, 0, 0]);
const heat = tensorFromValues('FP32', [2, 3], [0.1, 0.9, 0.4, 0.7, 0, 0.25]);
const raw = tensorFromValues('FP32', [4], [1.5, -2.25, 0, 3.125]);

const codes = (code: string) => [{ system: SNOMED, code, display: 'made for the conformance suite' }];
const kept = (code: string) => [{ system: SNOMED, code }];
const wireGrid = { ...GRID, size: GRID.size.map(String), origin: [...GRID.origin], spacing: [...GRID.spacing] };
const contractGrid = { ...wireGrid, direction: [...GRID.direction] } as runtimeV1.Grid;

const FINDINGS: readonly (readonly [runtimeV1.Finding, PlatformFinding])[] = [
  [
    {
      name: 'diagnosis',
      codes: codes('439401001'),
      classification: {
        mode: 'CLASSIFICATION_MODE_BINARY',
        // Not the most probable one is decided for: the threshold decides, and it is the model's.
        classes: [
          { label: 'benign', codes: codes('30807003'), probability: 0.6238 },
          { label: 'malignant', codes: codes('86049000'), probability: 0.3762, threshold: 0.3 },
        ],
        decision: ['malignant'],
        abstained: false,
      },
    },
    {
      name: 'diagnosis',
      codes: kept('439401001'),
      kind: 'classification',
      values: [
        { label: 'benign', codes: kept('30807003'), value: 0.6238, unit: '' },
        { label: 'malignant', codes: kept('86049000'), value: 0.3762, unit: '' },
      ],
      decision: ['malignant'],
      isAbstained: false,
    },
  ],
  [
    {
      name: 'pressure',
      codes: codes('75367002'),
      regression: {
        values: [
          { label: 'systolic', codes: codes('271649006'), value: 128.5, unit: 'mm[Hg]' },
          { label: 'area', codes: codes('42798000'), value: 3.25, unit: 'cm2' },
        ],
      },
    },
    {
      name: 'pressure',
      codes: kept('75367002'),
      kind: 'regression',
      values: [
        { label: 'systolic', codes: kept('271649006'), value: 128.5, unit: 'mm[Hg]' },
        { label: 'area', codes: kept('42798000'), value: 3.25, unit: 'cm2' },
      ],
    },
  ],
  [
    {
      name: 'lesion',
      codes: [],
      mask: {
        labels: toContractTensor(mask),
        grid: contractGrid,
        classes: [
          { value: 1, label: 'core', codes: codes('4147007'), extent: { value: 0.75, unit: UCUM_AREA } },
          { value: 2, label: 'edge', codes: [], extent: { value: 0.375, unit: UCUM_AREA } },
        ],
      },
    },
    {
      name: 'lesion',
      codes: [],
      kind: 'mask',
      values: [
        { label: 'core', codes: kept('4147007'), value: 0.75, unit: UCUM_AREA },
        { label: 'edge', codes: [], value: 0.375, unit: UCUM_AREA },
      ],
      grid: GRID,
      samples: mask,
    },
  ],
  [
    {
      name: 'mitoses',
      codes: [],
      detections: {
        items: [{ label: 'mitosis', codes: codes('75024004'), score: 0.8125, lower: [0, 1.5], upper: [1, 2.5] }],
        grid: contractGrid,
      },
    },
    {
      name: 'mitoses',
      codes: [],
      kind: 'detections',
      values: [
        { label: 'mitosis', codes: kept('75024004'), value: 0.8125, unit: '', lower: [0, 1.5], upper: [1, 2.5] },
      ],
      grid: GRID,
    },
  ],
  [
    { name: 'heat', codes: [], map: { values: toContractTensor(heat), grid: contractGrid, quantity: 'probability' } },
    { name: 'heat', codes: [], kind: 'map', values: [], grid: GRID, samples: heat },
  ],
  [
    {
      name: 'beats',
      codes: [],
      events: { items: [{ label: 'ectopic', codes: [], startS: 1.25, durationS: 0.5, probability: 0.75 }] },
    },
    {
      name: 'beats',
      codes: [],
      kind: 'events',
      values: [{ label: 'ectopic', codes: [], value: 0.75, unit: '', lower: [1.25], upper: [1.75] }],
    },
  ],
  [
    { name: 'report', codes: [], text: { text: 'Nothing of note, 37.2 °C.', language: 'en' } },
    { name: 'report', codes: [], kind: 'text', values: [], text: 'Nothing of note, 37.2 °C.' },
  ],
  [
    { name: 'features', codes: [], tensor: toContractTensor(raw) },
    { name: 'features', codes: [], kind: 'tensor', values: [], samples: raw },
  ],
];

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

export const MADE_PROVENANCE = {
  modelName: 'conformance-network',
  modelVersion: '7',
  packageSha256: digest('package of the made answers'),
  onnxSha256: digest('graph of the made answers'),
  runtime: 'deephealth-conformance-reference/0.1.0',
  engine: 'made/1',
  executionProvider: 'cpu',
  batchSize: 1,
  contractVersion: '1.0',
} as const;

export const MADE_WARNINGS = [
  { kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' },
  { kind: 'WARNING_KIND_NEAR_THRESHOLD', field: 'diagnosis', message: 'The probability is near the threshold.' },
  { kind: 'WARNING_KIND_IMPUTED', field: 'age', message: 'A missing value was replaced.' },
] as const;

/** Findings of these kinds, with provenance and warnings. */
export function madeAnswer(carries: (kind: PlatformFinding['kind']) => boolean): MadeAnswer {
  const some = FINDINGS.filter(([, { kind }]) => carries(kind));
  return {
    response: {
      findings: some.map(([finding]) => finding),
      provenance: MADE_PROVENANCE,
      warnings: [...MADE_WARNINGS],
    },
    platform: some.map(([, finding]) => finding),
  };
}

/** Of a model that says that it does not know, though one class is more probable than all others. */
export function abstainingAnswer(): runtimeV1.PredictResponse {
  return {
    findings: [
      {
        name: 'diagnosis',
        classification: {
          mode: 'CLASSIFICATION_MODE_MULTICLASS',
          classes: [
            { label: 'benign', probability: 0.85 },
            { label: 'malignant', probability: 0.15 },
          ],
          decision: [],
          abstained: true,
        },
      },
    ],
    provenance: MADE_PROVENANCE,
    warnings: [{ kind: 'WARNING_KIND_ABSTAINED', field: 'diagnosis', message: 'No decision was given.' }],
  };
}

/** A classification whose number tells it from every other; {@link scoreOf} gives it back. */
export function answerWith(probability: number): runtimeV1.PredictResponse {
  return {
    findings: [
      {
        name: 'diagnosis',
        classification: {
          mode: 'CLASSIFICATION_MODE_BINARY',
          classes: [
            { label: 'benign', probability: 1 - probability },
            { label: 'malignant', probability, threshold: 0.5 },
          ],
          decision: [probability >= 0.5 ? 'malignant' : 'benign'],
          abstained: false,
        },
      },
    ],
    provenance: MADE_PROVENANCE,
    warnings: [],
  };
}

/** The number of {@link answerWith} in what the platform holds; undefined if it is not there. */
export function scoreOf(finding: PlatformFinding | undefined): number | undefined {
  return finding?.values.find(({ label }) => label === 'malignant')?.value;
}
