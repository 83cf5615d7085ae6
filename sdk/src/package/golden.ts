import { DeepHealthError } from '../errors/deephealth-error.js';
import type { DataTypeName } from '../tensor/data-type.js';
import type { Manifest } from './manifest.js';
import { parseJson } from './parse-manifest.js';
import { schemaProblems } from './schema-validator.js';

/** How exact a result must be: "strict", "standard" or "reduced". */
export type NumericProfile = 'strict' | 'standard' | 'reduced';

/** A case of `golden/*.json`; schema in sdk/schemas/golden.schema.json. */
export interface GoldenCase {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly description: string;
  readonly source: string;
  readonly profile?: NumericProfile;
  /** Id of the case whose run leaves the state that this one starts from; without it, a sequence starts here. */
  readonly follows?: string;
  readonly inputs: Readonly<Record<string, GoldenInput>>;
  readonly expected: {
    readonly tensors: Readonly<Record<string, ExpectedTensor>>;
    readonly findings?: Readonly<Record<string, ExpectedFinding>>;
  };
}

/** An input of a golden case, by its kind. */
export type GoldenInput =
  | { readonly tensor: GoldenTensor }
  | { readonly table: Readonly<Record<string, GoldenTableValue>> }
  | { readonly signal: GoldenSignal }
  | { readonly image: GoldenImage }
  | { readonly volume: GoldenVolume }
  | { readonly sequence: GoldenSequence };

/** A text, or token ids. */
export type GoldenSequence = { readonly text: string } | { readonly tokens: readonly number[] };

export interface GoldenFile {
  readonly mediaType: string;
  readonly base64: string;
}

export interface GoldenImage extends GoldenFile {
  /** Default 0. */
  readonly frame?: number;
  /** Rows, then columns. */
  readonly grid?: { readonly size: readonly [number, number]; readonly spacingMm: readonly [number, number] };
}

export interface GoldenTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly values?: readonly (number | boolean | string)[];
  readonly base64?: string;
}

export type GoldenTableValue =
  | { readonly number: number; readonly unit?: string }
  | { readonly category: string }
  | { readonly boolean: boolean }
  | { readonly missing: 'unknown' | 'not-performed' | 'not-applicable' | 'error' };

export interface GoldenSignal {
  readonly channels: readonly { readonly name: string; readonly unit: string }[];
  readonly samplingRateHz: number;
  /** One array per channel. */
  readonly samples: readonly (readonly number[])[];
}

export interface GoldenVolume {
  /** With `grid`, unless there is a file. */
  readonly voxels?: GoldenTensor;
  readonly grid?: GoldenGrid;
  readonly file?: GoldenFile;
  readonly unit?: string;
}

/** In the order of the voxels' axes: depth, height, width. */
export interface GoldenGrid {
  readonly spacingMm: readonly number[];
  readonly origin: readonly number[];
  readonly direction?: readonly number[];
  readonly convention: 'LPS' | 'RAS';
}

/** A tensor that a golden case expects, with its scale. */
export interface ExpectedTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean | string)[];
  readonly scale?: number | readonly number[];
}

/** A decision that a golden case expects. */
export interface ExpectedFinding {
  readonly decision?: readonly string[];
  readonly abstained?: boolean;
  readonly probabilities?: readonly number[];
  readonly values?: readonly number[];
  /** Of a mask: samples of the input's grid for each class, by its label. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Of a text: exactly this one. */
  readonly text?: string;
}

/**
 * Bytes of a golden case. `file` is the path inside the package, for messages.
 * Throws DH_GOLDEN_MALFORMED if it breaks the schema or does not fit the manifest.
 */
export function parseGolden(bytes: Uint8Array, file: string, manifest: Manifest): GoldenCase {
  const document = parseJson(bytes, 'DH_GOLDEN_MALFORMED', file);
  const problems = schemaProblems('golden', document).map((p) => p.sentence);
  if (problems.length === 0) problems.push(...misfits(document as GoldenCase, manifest));
  if (problems.length > 0) {
    throw new DeepHealthError('DH_GOLDEN_MALFORMED', `${file}: ${problems.slice(0, 3).join(' ')}`, {
      details: { file },
    });
  }
  return document as GoldenCase;
}

function misfits(golden: GoldenCase, manifest: Manifest): string[] {
  const problems: string[] = [];
  if (golden.follows !== undefined && manifest.sequence === undefined)
    problems.push(`It follows "${golden.follows}", but the model keeps no state. Remove "follows".`);
  for (const name of Object.keys(golden.expected.tensors)) {
    if (!manifest.tensors.outputs.some((t) => t.name === name))
      problems.push(`Expected tensor "${name}" is not in the manifest.`);
  }
  for (const name of Object.keys(golden.expected.findings ?? {})) {
    if (!manifest.outputs.some((o) => o.name === name))
      problems.push(`Expected finding "${name}" is not in the manifest.`);
  }
  for (const [name, tensor] of Object.entries(golden.expected.tensors)) {
    const count = tensor.shape.reduce((product, extent) => product * extent, 1);
    if (tensor.values.length !== count)
      problems.push(`Expected tensor "${name}" has ${tensor.values.length} values for a shape of ${count}.`);
    if (Array.isArray(tensor.scale) && tensor.scale.length !== count)
      problems.push(`The scale of "${name}" has ${tensor.scale.length} values, not ${count}.`);
  }
  return problems;
}
