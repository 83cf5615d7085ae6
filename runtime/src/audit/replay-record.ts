import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { admitRequest } from '../admission/admit-request.js';
import type { PredictionResult } from '../host/host-messages.js';
import { digestInputs } from '../host/input-digest.js';
import { parseInferRequest } from '../http/infer-request.js';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import type { RunPayload } from '../lifecycle/run-request.js';
import type { Loaded } from '../lifecycle/start-host.js';
import { admitInferInputs } from '../open-inference/infer-inputs.js';
import { requestedOutputs } from '../open-inference/requested-outputs.js';
import { RUNTIME_VERSION } from '../version.js';
import { findingsDigest, tensorsDigest } from './output-digest.js';
import type { AuditRecord } from './read-records.js';

/** What is sent again: inputs of the contract, or the JSON body of an infer request of the Open Inference Protocol. */
export type ReplayRequest = { readonly inputs: readonly runtimeV1.NamedInput[] } | { readonly inferBody: Uint8Array };

export interface ReplayOptions {
  /** The version that the record names, READY. */
  readonly model: ModelVersion;
  readonly record: AuditRecord;
  readonly request: ReplayRequest;
  readonly maxTensorElements: number;
  /** For the run, in ms; default 60,000. */
  readonly deadlineMs?: number;
}

/** What running a recorded inference again gave. */
export interface ReplayResult {
  /**
   * `reproduced`: the same package gave for the same input the same output, bit for bit. `differs`: it gave another
   * one. `other-input`, `other-package`: nothing was run, as it would prove nothing.
   */
  readonly verdict: 'reproduced' | 'differs' | 'other-input' | 'other-package';
  readonly expected: { readonly package: string; readonly input: string; readonly output: string };
  readonly found: { readonly package: string; readonly input?: string; readonly output?: string };
  /** What is not as it was then and may explain a difference: engine, provider, version of the runtime. */
  readonly changes: readonly string[];
}

/**
 * Runs a recorded inference again and compares digests: of the package, then of the input, then of the output.
 *
 * @throws DH_AUDIT_REPLAY_IMPOSSIBLE for a record that is no inference, or an item whose result depends on those before it
 */
export async function replayRecord(options: ReplayOptions): Promise<ReplayResult> {
  const { model, record } = options;
  assertReplayable(record);
  model.assertServing();
  const loaded = model.loaded as Loaded;
  const expected = { package: record.package ?? '', input: record.input ?? '', output: record.output ?? '' };
  const changes = changesSince(record, loaded);
  const found = { package: loaded.packageSha256 };
  if (found.package !== expected.package) return { verdict: 'other-package', expected, found, changes };
  const payload = toPayload(options, loaded);
  const input = digestInputs(payload.type === 'predict' ? payload.inputs : payload.tensors);
  if (input !== expected.input) return { verdict: 'other-input', expected, found: { ...found, input }, changes };
  const { result } = await model.run({
    payload,
    signal: new AbortController().signal,
    deadlineMs: monotonicMs() + (options.deadlineMs ?? 60_000),
    ...(record.sequence && { sequence: { id: 'replay', isStart: true, isEnd: true } }),
  });
  const output = 'tensors' in result ? tensorsDigest(result.tensors) : await digestOf(result);
  const verdict = output === expected.output ? 'reproduced' : 'differs';
  return { verdict, expected, found: { ...found, input, output }, changes };
}

function digestOf({ findings }: PredictionResult): string | Promise<string> {
  return findingsDigest(findings);
}

function assertReplayable({ seq, kind, sequence }: AuditRecord): void {
  const refuse = (why: string) => {
    throw new DeepHealthError('DH_AUDIT_REPLAY_IMPOSSIBLE', `Record ${seq} cannot be replayed: ${why}`);
  };
  if (kind !== 'inference') refuse(`it is no inference but "${kind}".`);
  if (sequence !== undefined && sequence.position > 1) {
    refuse(`it is item ${sequence.position} of a sequence, whose result depends on the items before it.`);
  }
}

function toPayload({ record, request, maxTensorElements }: ReplayOptions, { manifest }: Loaded): RunPayload {
  const isContract = record.face?.startsWith('contract') ?? false;
  if (isContract && 'inputs' in request) {
    const { Predict } = modelRuntimeService();
    const bytes = Predict.requestSerialize({ modelName: manifest.name, inputs: [...request.inputs] });
    const { inputs } = Predict.requestDeserialize(bytes);
    const wanted = [...(record.outputs ?? [])];
    const highlights = [...(record.highlights ?? [])];
    const admitted = admitRequest(manifest, inputs, wanted, { maxTensorElements }, highlights);
    return {
      type: 'predict',
      inputs: admitted.inputs,
      outputs: admitted.outputs,
      ...(admitted.highlights && { highlights: admitted.highlights }),
    };
  }
  if (!isContract && 'inferBody' in request) {
    const target = { model: manifest.name, version: manifest.version };
    const { message } = parseInferRequest(target, Buffer.from(request.inferBody), undefined);
    const tensors = admitInferInputs(manifest, message, { maxTensorElements, sharedMemory: undefined });
    const names = record.outputs ?? [];
    const asked = { ...message, outputs: names.map((name) => ({ name, parameters: {} })) };
    const outputs = requestedOutputs(manifest, asked, undefined).map(({ spec }) => spec.name);
    return { type: 'infer', tensors, outputs };
  }
  throw new DeepHealthError(
    'DH_AUDIT_REPLAY_IMPOSSIBLE',
    isContract
      ? `Record ${record.seq} came through the contract: give its inputs as files.`
      : `Record ${record.seq} came through the Open Inference Protocol: give the JSON body of its request.`,
  );
}

function changesSince({ engine, provider, runtime }: AuditRecord, loaded: Loaded): string[] {
  const changes: string[] = [];
  const compare = (what: string, then: string | undefined, now: string) => {
    if (then !== now) changes.push(`${what} was ${then ?? 'unknown'}, is ${now}`);
  };
  compare('the engine', engine, loaded.engine);
  compare('the execution provider', provider, loaded.provider);
  compare('the runtime', runtime, RUNTIME_VERSION);
  return changes;
}
