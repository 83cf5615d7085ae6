import { RING, type RingOptions, type RingTensor } from '@deephealth/native';
import {
  DEFAULT_MAX_EXTENT,
  isFloatingPoint,
  type Manifest,
  type OutputSpec,
  type RawTensor,
  type TensorSpec,
  toOnnxElementType,
} from '@deephealth/sdk';
import type { BatchingProof } from '../host/batching-proof.js';
import type { RunItem } from '../host/host-messages.js';
import { hasBatchAxis } from '../host/prove-batching.js';

/** What of a model goes through the ring: known alike to the server and to the host. */
export interface RingPlan {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batchAxis: boolean;
  readonly batching: BatchingProof;
  /** The manifest whose findings the server computes; undefined where they are the host's. */
  readonly manifest: Manifest | undefined;
}

/** Indices of outputs in the plan, ascending, and the same as bits. */
export interface WantedOutputs {
  readonly indices: readonly number[];
  readonly mask: number;
}

/** An item as the ring takes it. */
export interface RingItem {
  /** A tensor for each input of the plan, in its order. */
  readonly feeds: readonly RawTensor[];
  readonly wanted: WantedOutputs;
  /** In the only extents that are proven to share a run. */
  readonly mayShare: boolean;
}

// Up to here, findings of an output take the server's thread less than a message about them would.
const MAX_FINDING_VALUES = 1024;
// A larger input is digested in the host, whose thread nobody else waits for.
const MAX_DIGESTED_BYTES = 16 * 1024;

/**
 * What of a model goes through the ring; undefined for one that does not: several graphs, another
 * server, state, texts, limits of a distribution, or a tensor that the ring has no words for.
 */
export function planRing(manifest: Manifest, batching: BatchingProof): RingPlan | undefined {
  if (manifest.onnx === undefined || manifest.sequence !== undefined) return undefined;
  const { inputs, outputs } = manifest.tensors;
  if (![inputs, outputs].every(fitsRing)) return undefined;
  // Its inputs are looked at in the host's JavaScript.
  if (manifest.inputs.some(({ distribution }) => distribution !== undefined)) return undefined;
  return { inputs, outputs, batchAxis: hasBatchAxis(manifest.tensors), batching, manifest: findsHere(manifest) };
}

function fitsRing(specs: readonly TensorSpec[]): boolean {
  return specs.length > 0 && specs.length <= RING.maxTensors && specs.every(isCarried);
}

/** Ranges of other types than FP32 and FP64 are checked by the host's JavaScript. */
function isCarried({ dataType, shape, range }: TensorSpec): boolean {
  if (dataType === 'BYTES' || shape.length > RING.maxRank) return false;
  return range === undefined || dataType === 'FP32' || dataType === 'FP64';
}

/** Kinds of findings that need nothing but a tensor; masks, maps and events lie on the place of an input. */
const PLAIN_FINDINGS: readonly OutputSpec['kind'][] = ['classification', 'regression', 'tensor'];

/** The manifest, if its inputs are tensors as they are and its findings a few values each (ADR 0013). */
function findsHere(manifest: Manifest): Manifest | undefined {
  const isFewValues = (from: string) => {
    const extents = manifest.tensors.outputs.find(({ name }) => name === from)?.shape.slice(1) ?? [-1];
    return !extents.includes(-1) && extents.reduce((count, extent) => count * extent, 1) <= MAX_FINDING_VALUES;
  };
  const isPlain = manifest.inputs.every(({ kind }) => kind === 'tensor');
  const isHere = ({ kind, from }: OutputSpec) => PLAIN_FINDINGS.includes(kind) && isFewValues(from);
  return isPlain && manifest.outputs.every(isHere) ? manifest : undefined;
}

/** What the session of a host is to serve, but for the memory. */
export function ringTensors({
  inputs,
  outputs,
  batching,
}: RingPlan): Pick<RingOptions, 'inputs' | 'outputs' | 'sizes'> {
  return {
    inputs: inputs.map(toRingTensor),
    outputs: outputs.map(toRingTensor),
    sizes: [...batching.servedSizes],
  };
}

function toRingTensor(spec: TensorSpec): RingTensor {
  const { name, dataType, shape, maxExtent = DEFAULT_MAX_EXTENT, nonFinite, range } = spec;
  const mustBeFinite = isFloatingPoint(dataType) && nonFinite !== 'allow';
  const [lowest, highest] = range ?? [Number.NaN, Number.NaN];
  return [name, toOnnxElementType(dataType), shape, maxExtent, mustBeFinite, lowest, highest];
}

/** The item as the ring takes it; undefined for one that goes the ordinary way. */
export function toRingItem(plan: RingPlan, item: RunItem): RingItem | undefined {
  if (item.state !== undefined) return undefined;
  const feeds: RawTensor[] = [];
  for (const { name } of plan.inputs) {
    const tensor = feedOf(plan, item, name);
    // Rows of one request run in proven sizes, and come back together: the ordinary way does that.
    if (tensor === undefined || (plan.batchAxis && tensor.shape[0] !== 1)) return undefined;
    feeds.push(tensor);
  }
  const wanted = wantedOutputs(plan, item);
  if (wanted === undefined) return undefined;
  return { feeds, wanted, mayShare: plan.batchAxis && !item.alone && isProven(plan, feeds) };
}

function feedOf({ manifest }: RingPlan, item: RunItem, name: string): RawTensor | undefined {
  if (item.kind === 'infer') return item.tensors[name];
  const spec = manifest?.inputs.find(({ feeds }) => feeds === name);
  const input = spec && item.inputs[spec.name];
  return input?.kind === 'tensor' && input.data.byteLength <= MAX_DIGESTED_BYTES ? input : undefined;
}

/** Of a graph with one output, which most have. */
const THE_ONLY: WantedOutputs = { indices: [0], mask: 1 };

function wantedOutputs(plan: RingPlan, item: RunItem): WantedOutputs | undefined {
  const { manifest, outputs } = plan;
  const names =
    item.kind === 'infer'
      ? item.outputs
      : manifest?.outputs.filter(({ name }) => item.outputs.includes(name)).map(({ from }) => from);
  if (names === undefined || names.length === 0) return undefined;
  if (outputs.length === 1 && names[0] === (outputs[0] as TensorSpec).name) return THE_ONLY;
  const indices: number[] = [];
  let mask = 0;
  for (let index = 0; index < outputs.length; index++) {
    if (!names.includes((outputs[index] as TensorSpec).name)) continue;
    indices.push(index);
    mask += 2 ** index;
  }
  return { indices, mask };
}

/** True for an item of the very extents that the proof was made with. */
function isProven({ batching, inputs }: RingPlan, feeds: RingItem['feeds']): boolean {
  if (batching.servedSizes.length === 1) return false;
  for (let index = 0; index < feeds.length; index++) {
    const { shape } = feeds[index] as RawTensor;
    const proven = batching.itemShapes[(inputs[index] as TensorSpec).name];
    if (proven?.length !== shape.length - 1) return false;
    for (let axis = 0; axis < proven.length; axis++) {
      if (proven[axis] !== shape[axis + 1]) return false;
    }
  }
  return true;
}
