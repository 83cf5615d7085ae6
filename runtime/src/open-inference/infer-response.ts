import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import { RUNTIME_NAME } from '../version.js';
import { toClassification } from './classification-output.js';
import type { RequestParameters } from './request-parameters.js';
import type { RequestedOutput } from './requested-outputs.js';
import type { InferOutcome, ServedModel } from './served-model.js';
import { type SharedMemoryRegions, usableRegions } from './shared-memory/shared-memory-regions.js';
import type { RegionPart } from './tensor-parameters.js';

type Response = inferenceV2.ModelInferResponse;
type OutputTensor = NonNullable<Response['outputs']>[number];

export interface AnsweredRequest {
  readonly id: string;
  readonly model: ServedModel;
  readonly parameters: RequestParameters;
  readonly outputs: readonly RequestedOutput[];
  readonly sharedMemory: SharedMemoryRegions | undefined;
  /** True if a rollout chose the version. */
  readonly byRollout: boolean;
}

/** The answer to a finished request; outputs that were asked for in shared memory are written there. */
export function toInferResponse(request: AnsweredRequest, outcome: InferOutcome): Response {
  const outputs: OutputTensor[] = [];
  const rawOutputContents: Buffer[] = [];
  for (const { spec, region, classes } of request.outputs) {
    const computed = outcome.result.tensors.find(({ name }) => name === spec.name);
    if (computed === undefined) throw new Error('the host has left out an output');
    const tensor =
      classes === undefined ? computed : toClassification(outcome.loaded.manifest, spec.name, computed, classes);
    const output = { name: spec.name, datatype: tensor.dataType, shape: [...tensor.shape] };
    if (region === undefined) {
      outputs.push(output);
      rawOutputContents.push(Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    } else {
      writeRegion(usableRegions(request.sharedMemory), spec.name, region, tensor);
      outputs.push({ ...output, parameters: regionParameters(region, tensor.data.byteLength) });
      // Clients count on an entry for every output.
      rawOutputContents.push(Buffer.alloc(0));
    }
  }
  return {
    modelName: request.model.name,
    modelVersion: request.model.version,
    id: request.id,
    parameters: responseParameters(request, outcome),
    outputs,
    rawOutputContents,
  };
}

/** The protocol has no place for provenance; response parameters are free for it. */
function responseParameters(
  { parameters: { wantsFinalMark }, byRollout }: AnsweredRequest,
  { loaded, batchSize, sequence }: InferOutcome,
): Record<string, inferenceV2.InferParameter> {
  const parameters = ordinaryParameters(loaded, batchSize);
  if (sequence === undefined && !wantsFinalMark && !byRollout) return parameters;
  return {
    ...parameters,
    ...(sequence && { deephealth_sequence_position: { int64Param: sequence.position } }),
    ...(byRollout ? { deephealth_by_rollout: { boolParam: true } } : {}),
    ...(wantsFinalMark ? { triton_final_response: { boolParam: true } } : {}),
  };
}

type Parameters = Record<string, inferenceV2.InferParameter>;
type Loaded = InferOutcome['loaded'];

// Frozen, each object once: the encoder then keeps its bytes.
const known = new WeakMap<Loaded, Map<number, Parameters>>();

/** What is said of nearly every answer, by the package and the size of the run. */
function ordinaryParameters(loaded: Loaded, batchSize: number): Parameters {
  const ofPackage = known.get(loaded) ?? new Map<number, Parameters>();
  known.set(loaded, ofPackage);
  const before = ofPackage.get(batchSize);
  if (before !== undefined) return before;
  const parameters = Object.freeze({
    deephealth_package_sha256: { stringParam: loaded.packageSha256 },
    deephealth_onnx_sha256: { stringParam: loaded.onnxSha256 },
    deephealth_runtime: { stringParam: RUNTIME_NAME },
    deephealth_engine: { stringParam: loaded.engine },
    deephealth_batch_size: { int64Param: batchSize },
  });
  ofPackage.set(batchSize, parameters);
  return parameters;
}

function writeRegion(sharedMemory: SharedMemoryRegions, output: string, part: RegionPart, { data }: RawTensor): void {
  if (BigInt(data.byteLength) > part.byteSize) {
    throw new DeepHealthError(
      'DH_SHARED_MEMORY_INVALID',
      `shared memory size specified with the request for output '${output}' (${part.byteSize} bytes) should be at least ${data.byteLength} bytes to hold the results`,
      { details: { output, expected: String(data.byteLength), received: String(part.byteSize) } },
    );
  }
  sharedMemory.region(part.region).write(part, data);
}

function regionParameters(part: RegionPart, byteLength: number): Record<string, inferenceV2.InferParameter> {
  return {
    shared_memory_region: { stringParam: part.region },
    shared_memory_byte_size: { int64Param: byteLength },
    ...(part.offset === 0n ? {} : { shared_memory_offset: { int64Param: String(part.offset) } }),
  };
}
