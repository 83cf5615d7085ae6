// What the fake API knows of models: the sample packages as they are, and what a server said of them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExampleRow, ModelAnswer, ModelCheck, ModelRow, Prediction } from '../../src/api.js';
import { EVERY_KIND, everyKindAnswer } from './every-kind.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

interface Described {
  readonly summary: { readonly title: string; readonly packageSha256: string; readonly isDefault: boolean };
  readonly verification: {
    readonly checks: readonly { name: string; status: string; message: string; durationUs: string }[];
    readonly worstGoldenError: number;
    readonly goldenCases: number;
  };
}

const descriptors: Readonly<Record<string, Described>> = readJson(join(fixtures, 'descriptors.json'));
const predictions: Readonly<Record<string, Readonly<Record<string, Prediction>>>> = readJson(
  join(fixtures, 'predictions.json'),
);

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.png': 'image/png',
  '.nii': 'application/x-nifti',
};
const mediaTypeOf = (file: string) => MEDIA_TYPES[/\.\w+$/.exec(file)?.[0] ?? ''] ?? 'application/octet-stream';

const inputFolder = (name: string) => join(samples, 'inputs', name);
const filesOf = (name: string): string[] => (name in descriptors ? readdirSync(inputFolder(name)).sort() : []);

export function examplesOf(name: string): ExampleRow[] {
  return filesOf(name).map((file, index) => ({
    id: `file-${index}`,
    title: file.replace(/\.\w+$/, '').replaceAll('-', ' '),
    mediaTypes: [mediaTypeOf(file)],
    sizeBytes: statSync(join(inputFolder(name), file)).size,
  }));
}

export function exampleFile(name: string, id: string): { file: string; mediaType: string; bytes: Buffer } | undefined {
  const file = filesOf(name)[Number(id.replace('file-', ''))];
  if (file === undefined) return undefined;
  return { file, mediaType: mediaTypeOf(file), bytes: readFileSync(join(inputFolder(name), file)) };
}

const READY_AT = '2025-03-04T09:00:04.000Z';

/** The samples, one version that was stopped and one that failed its golden cases. */
export function modelRows(): ModelRow[] {
  const rows: ModelRow[] = Object.entries(descriptors).map(([name, { summary }]) => ({
    name,
    version: '1.0.0',
    title: summary.title,
    state: 'READY',
    packageSha256: summary.packageSha256,
    isDefault: true,
    hostRestarts: 0,
    stateChangedAt: READY_AT,
  }));
  const [ecg, xray] = ['ecg-beat', 'chest-xray-pneumonia'].map((name) => rows.find((row) => row.name === name));
  return [
    ...rows,
    {
      ...(ecg as ModelRow),
      version: '1.1.0',
      state: 'QUARANTINED',
      isDefault: false,
      packageSha256: '7c'.repeat(32),
      reason: {
        code: 'DH_GOLDEN_MISMATCH',
        message: 'Golden case "ventricular-couplet": output "probabilities" differs by more than is allowed.',
      },
    },
    {
      ...(xray as ModelRow),
      version: '0.9.0',
      state: 'SUSPENDED',
      isDefault: false,
      hostRestarts: 2,
      packageSha256: '3e'.repeat(32),
      suspension: {
        reason: 'Pictures of one detector are read with the wrong window.',
        by: 'safety-officer',
        at: '2025-03-04T13:42:00.000Z',
      },
    },
    EVERY_KIND,
  ];
}

export function modelAnswer(summary: ModelRow): ModelAnswer {
  if (summary.name === EVERY_KIND.name) return everyKindAnswer(summary);
  const descriptor = descriptors[summary.name] as Described;
  const folder = join(samples, 'models', summary.name, '1.0.0');
  const isRefused = summary.state === 'QUARANTINED';
  const { verification } = descriptor;
  return {
    summary,
    descriptor: descriptor as unknown as Record<string, unknown>,
    manifest: readJson(join(folder, 'model.json')),
    card: readFileSync(join(folder, 'MODEL_CARD.md'), 'utf8'),
    platforms: readdirSync(join(folder, 'bindings'))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.replace('.json', '')),
    goldenCases: { count: verification.goldenCases, worstError: verification.worstGoldenError },
    checks: verification.checks.map(({ name, status, message, durationUs }) => ({
      name,
      message: isRefused && name === 'golden' ? (summary.reason?.message ?? '') : message,
      status: isRefused && name === 'golden' ? 'FAILED' : (status.replace('CHECK_STATUS_', '') as ModelCheck['status']),
      durationMs: Number(durationUs) / 1000,
    })),
    examples: isRefused ? [] : examplesOf(summary.name),
  };
}

/** What the model said of a sample input; undefined for bytes that are none. */
export function predictionFor(name: string, body: Buffer): Prediction | undefined {
  const same = (file: string): boolean => {
    const bytes = readFileSync(join(inputFolder(name), file));
    return file.endsWith('.json') ? sameValues(bytes, body) : bytes.equals(body);
  };
  const file = filesOf(name).find(same);
  return file === undefined ? undefined : predictions[name]?.[file];
}

function sameValues(left: Buffer, right: Buffer): boolean {
  const valuesOf = (bytes: Buffer) => {
    const fields = JSON.parse(bytes.toString()) as Record<string, { value: unknown }>;
    return JSON.stringify(
      Object.keys(fields)
        .sort()
        .filter((key) => fields[key]?.value !== null && fields[key]?.value !== undefined)
        .map((key) => [key, fields[key]?.value]),
    );
  };
  try {
    return valuesOf(left) === valuesOf(right);
  } catch {
    return false;
  }
}
