import type { runtimeV1 } from '@deephealth/proto';
import {
  type ClassSpec,
  type CodingSpec,
  DeepHealthError,
  decodeHalf,
  fromContractDataType,
  type Manifest,
  type MaskOutputSpec,
  maskValue,
  toTypedArray,
} from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { MapChannel } from '../map/slide-map.js';

/** How answers for tiles become values of a map. */
export interface TileReader {
  /** One value for a tile, or one for each of its pixels. */
  readonly kind: 'tiles' | 'pixels';
  readonly channels: readonly MapChannel[];
  /**
   * Probabilities of a tile: [channels], or [channels, side, side]. Of masks, whose decisions are all that the
   * model tells, 0 and 1. Undefined where the model abstained.
   *
   * @throws DH_RESPONSE_INVALID for an answer that does not fit the manifest
   */
  read(findings: readonly runtimeV1.Finding__Output[], side: number): Float32Array | undefined;
}

/** For an analysis that was checked beside its manifest. */
export function tileReader(analysis: SlideAnalysis, { outputs }: Manifest): TileReader {
  const declared = analysis.outputs.map((name) => outputs.find((output) => output.name === name));
  const [first] = declared;
  if (first?.kind === 'classification') {
    const classes = first.classes.filter(({ label }) => analysis.classes?.includes(label) ?? true);
    const labels = classes.map(({ label }) => label);
    return {
      kind: 'tiles',
      channels: classes.map((one) => channelOf(analysis, one)),
      read: (findings) => readClasses(findingOf(findings, first.name), labels),
    };
  }
  if (first?.kind === 'mask') return maskReader(analysis, first);
  return {
    kind: 'pixels',
    channels: declared.map((output) => {
      const { name = '', codes = [] } = output ?? {};
      const channel = channelOf(analysis, { label: name, codes });
      // A lone map is what the analysis is called after.
      return declared.length === 1 ? { ...channel, label: analysis.label } : channel;
    }),
    read: (findings, side) => joined(analysis.outputs.map((name) => readMap(findingOf(findings, name), side))),
  };
}

function maskReader(analysis: SlideAnalysis, output: MaskOutputSpec): TileReader {
  const values = new Map(output.classes.map(({ label }, index) => [label, maskValue(output, index)]));
  const classes = output.classes.filter(
    ({ label }) => values.get(label) !== 0 && (analysis.classes?.includes(label) ?? true),
  );
  return {
    kind: 'pixels',
    // The decision has been made at the model's own threshold.
    channels: classes.map(({ label, codes, category }) => ({
      ...channelOf(analysis, { label, ...(codes === undefined ? {} : { codes }) }, category),
      threshold: DEFAULT_THRESHOLD,
    })),
    read(findings, side) {
      const { mask } = findingOf(findings, output.name);
      if (!mask?.labels) throw invalid(`"${output.name}" is no mask`);
      const labels = pixelsOf(mask.labels, side, output.name);
      return joined(
        classes.map(({ label }) => {
          const value = values.get(label) as number;
          const isOf = mask.isMultilabel ? (one: number) => (one & value) !== 0 : (one: number) => one === value;
          return Float32Array.from(labels, (one) => (isOf(one) ? 1 : 0));
        }),
      );
    },
  };
}

/** Of classes whose manifest states none, as the schema of the binding says. */
const DEFAULT_THRESHOLD = 0.5;

function channelOf(
  analysis: SlideAnalysis,
  { label, codes = [], threshold }: ClassSpec,
  category?: CodingSpec,
): MapChannel {
  const own = analysis.coding?.[label];
  const kind = own?.category ?? category;
  return {
    label,
    codes: (own === undefined ? codes : [own.type, ...codes]).map(toCoding),
    category: kind === undefined ? null : toCoding(kind),
    threshold: analysis.regions?.threshold ?? threshold ?? DEFAULT_THRESHOLD,
  };
}

function toCoding({ system, version = '', code, display = '' }: CodingSpec): runtimeV1.Coding__Output {
  return { system, version, code, display };
}

function readClasses(
  { name, classification }: runtimeV1.Finding__Output,
  labels: readonly string[],
): Float32Array | undefined {
  if (!classification) throw invalid(`"${name}" is no classification`);
  if (classification.abstained) return undefined;
  return Float32Array.from(labels, (label) => {
    const found = classification.classes.find((one) => one.label === label);
    if (found === undefined) throw invalid(`"${name}" lacks a class of the manifest`);
    // A place where the model did not look would be a hole: tiles are sent whole and examined whole.
    if (!(found.probability >= 0 && found.probability <= 1)) throw noProbability(name);
    return found.probability;
  });
}

function readMap({ name, map }: runtimeV1.Finding__Output, side: number): Float32Array {
  if (!map?.values) throw invalid(`"${name}" is no map`);
  const values = pixelsOf(map.values, side, name);
  const probabilities = new Float32Array(values.length);
  // Of every pixel of a slide: a callback for each would take longer than the model.
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value <= 1)) throw noProbability(name);
    probabilities[i] = value;
  }
  return probabilities;
}

function noProbability(name: string): DeepHealthError {
  return invalid(`a value of "${name}" is no probability`);
}

function pixelsOf({ dataType, shape, data }: runtimeV1.Tensor__Output, side: number, name: string): ArrayLike<number> {
  if (shape.length !== 2 || shape.some((extent) => Number(extent) !== side)) {
    throw invalid(`"${name}" is not of the extents of the tile that was sent`);
  }
  const type = fromContractDataType(dataType);
  if (type === 'FP32' || type === 'UINT8' || type === 'UINT16') {
    const values = toTypedArray(type, data);
    if (values.length === side * side) return values;
  }
  if (type === 'FP16') {
    const values = Float32Array.from(toTypedArray(type, data), decodeHalf);
    if (values.length === side * side) return values;
  }
  throw invalid(`"${name}" holds another type or number of values than the contract says`);
}

function findingOf(findings: readonly runtimeV1.Finding__Output[], name: string): runtimeV1.Finding__Output {
  const found = findings.find((one) => one.name === name);
  if (found === undefined) throw invalid(`there is no "${name}"`);
  return found;
}

function joined(planes: readonly Float32Array[]): Float32Array {
  const [only] = planes;
  if (only !== undefined && planes.length === 1) return only;
  const values = new Float32Array(planes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const plane of planes) {
    values.set(plane, at);
    at += plane.length;
  }
  return values;
}

function invalid(what: string): DeepHealthError {
  return new DeepHealthError(
    'DH_RESPONSE_INVALID',
    `The runtime's answer for a tile does not fit the manifest: ${what}.`,
  );
}
