import type { runtimeV1 } from '@deephealth/proto';
import {
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  type InputSpec,
  type Manifest,
  type ModelPackage,
  type RawTensor,
  readModelPackage,
  type TensorSpec,
  toBytes,
} from '@deephealth/sdk';
import { checkOutputs } from '../findings/check-outputs.js';
import { checkOutputTensor } from '../findings/output-values.js';
import { toFindings } from '../findings/to-findings.js';
import { checkPreparedTensor } from '../steps/check-prepared-tensor.js';
import { checkInputs } from '../steps/check-steps.js';
import { prepareTensor } from '../steps/prepare-tensor.js';
import { admitGolden, compareGolden, type GoldenRun } from './golden-check.js';
import { checkGraph } from './graph-check.js';
import type {
  InferenceResult,
  LoadedPackage,
  PredictionResult,
  VerificationReport,
  WireError,
} from './host-messages.js';
import { digestInputs } from './input-digest.js';
import type { ModelInput } from './model-input.js';
import { ENGINE, OnnxSession } from './onnx-session.js';
import { VerificationLog } from './verification-log.js';
import { toWireError } from './wire-error.js';

export type LoadOutcome =
  | { readonly model: LoadedModel; readonly package: LoadedPackage }
  | {
      readonly error: WireError;
      readonly report: VerificationReport;
      readonly packageSha256: string;
      readonly title: string;
    };

/**
 * Verifies a package and makes it ready to run: digests, manifest, graph, session, golden cases,
 * determinism. Never throws; a refusal is an outcome with its report.
 */
export async function loadModel(folder: string, intraOpThreads: number): Promise<LoadOutcome> {
  const log = new VerificationLog();
  let packageSha256 = '';
  let title = '';
  try {
    const loaded = await log.check(
      'package',
      () => readModelPackage(folder),
      (p) => `${p.goldenCases.length} golden cases; every file is as listed.`,
    );
    packageSha256 = loaded.packageSha256;
    const { manifest, onnx } = loaded;
    title = manifest.title;
    await log.check(
      'graph',
      () => checkManifestFits(loaded),
      () => 'The graph is what the manifest declares.',
    );
    const threads = manifest.execution?.intraOpThreads ?? intraOpThreads;
    const session = await log.check(
      'session',
      () => OnnxSession.load(onnx, besideModel(loaded), threads),
      () => `Loaded by ${ENGINE} on cpu.`,
    );
    const model = new LoadedModel(manifest, session);
    await verifyGolden(log, model, loaded);
    return {
      model,
      package: {
        manifestJson: loaded.manifestJson,
        packageSha256,
        onnxSha256: manifest.onnx.sha256,
        engine: ENGINE,
        report: log.report(),
      },
    };
  } catch (thrown) {
    return { error: toWireError(thrown), report: log.report(), packageSha256, title };
  }
}

/** External data by the names that the graph uses: relative to the folder of the model file. */
function besideModel({ manifest, externalData }: ModelPackage): { file: string; data: Uint8Array }[] {
  const folder = manifest.onnx.file.slice(0, manifest.onnx.file.lastIndexOf('/') + 1);
  return externalData.map(({ file, data }) => ({
    file: file.startsWith(folder) ? file.slice(folder.length) : file,
    data,
  }));
}

function checkManifestFits(loaded: ModelPackage): void {
  const { manifest } = loaded;
  checkGraph(loaded);
  checkInputs(manifest);
  checkOutputs(manifest);
}

async function verifyGolden(
  log: VerificationLog,
  model: LoadedModel,
  { manifest, goldenCases }: ModelPackage,
): Promise<void> {
  log.goldenCases = goldenCases.length;
  let first: { inputs: Readonly<Record<string, ModelInput>>; run: GoldenRun } | undefined;
  await log.check(
    'golden',
    async () => {
      for (const golden of goldenCases) {
        const { inputs } = admitGolden(manifest, golden, DEFAULT_MAX_TENSOR_ELEMENTS);
        const run = await model.runGolden(inputs);
        log.worstGoldenError = Math.max(log.worstGoldenError, compareGolden(golden, run));
        first ??= { inputs, run };
      }
    },
    () =>
      `${goldenCases.length} of ${goldenCases.length} cases; largest error ${log.worstGoldenError.toPrecision(2)} of the allowed one.`,
  );
  if (manifest.execution?.deterministic === false) {
    log.skip('determinism', 'The manifest says that results may vary.');
    return;
  }
  await log.check(
    'determinism',
    () => checkSameBits(model, first as NonNullable<typeof first>),
    () => 'The first case gave the same bits twice.',
  );
}

async function checkSameBits(
  model: LoadedModel,
  first: { inputs: Readonly<Record<string, ModelInput>>; run: GoldenRun },
): Promise<void> {
  const again = await model.runGolden(first.inputs);
  for (const [name, tensor] of first.run.tensors) {
    if (Buffer.compare(tensor.data, again.tensors.get(name)?.data ?? new Uint8Array()) !== 0) {
      throw new DeepHealthError(
        'DH_MODEL_NOT_DETERMINISTIC',
        `Output "${name}" differed between two runs on the same input. Remove the random operator, or set "execution.deterministic" to false.`,
        {
          details: { output: name },
        },
      );
    }
  }
}

/** A verified model in this process. Calls must not overlap. */
export class LoadedModel {
  readonly #manifest: Manifest;
  readonly #session: OnnxSession;

  constructor(manifest: Manifest, session: OnnxSession) {
    this.#manifest = manifest;
    this.#session = session;
  }

  /** Pre-processing, graph and findings of one item. */
  async predict(inputs: Readonly<Record<string, ModelInput>>, wanted: readonly string[]): Promise<PredictionResult> {
    const clock = new Stopwatch();
    const inputSha256 = digestInputs(inputs);
    const feeds = await this.#prepare(inputs);
    const preprocessUs = clock.lapUs();
    const outputs = this.#manifest.outputs.filter((output) => wanted.includes(output.name));
    const specs = this.#manifest.tensors.outputs.filter((tensor) =>
      outputs.some((output) => output.from === tensor.name),
    );
    const tensors = await this.#session.run(feeds, specs);
    const inferenceUs = clock.lapUs();
    const { findings, warnings } = this.#findings(tensors, wanted);
    return { findings, warnings, inputSha256, timings: { preprocessUs, inferenceUs, postprocessUs: clock.lapUs() } };
  }

  /** The graph alone, for tensor clients; declared ranges and finiteness hold here too. */
  async infer(inputs: Readonly<Record<string, RawTensor>>, wanted: readonly string[]): Promise<InferenceResult> {
    const clock = new Stopwatch();
    const inputSha256 = digestInputs(inputs);
    for (const [name, tensor] of Object.entries(inputs)) {
      checkPreparedTensor(name, tensorSpec(this.#manifest.tensors.inputs, name), tensor);
    }
    const preprocessUs = clock.lapUs();
    const specs = wanted.map((name) => tensorSpec(this.#manifest.tensors.outputs, name));
    const tensors = await this.#session.run(inputs, specs);
    const inferenceUs = clock.lapUs();
    for (const spec of specs) checkOutputTensor(spec, tensors.get(spec.name) as RawTensor);
    return {
      tensors: wanted.map((name) => ({ name, ...(tensors.get(name) as RawTensor) })),
      inputSha256,
      timings: { preprocessUs, inferenceUs, postprocessUs: clock.lapUs() },
    };
  }

  /** Every declared tensor and finding of one item. */
  async runGolden(inputs: Readonly<Record<string, ModelInput>>): Promise<GoldenRun> {
    const tensors = await this.#session.run(await this.#prepare(inputs), this.#manifest.tensors.outputs);
    return {
      tensors,
      findings: this.#findings(
        tensors,
        this.#manifest.outputs.map((o) => o.name),
      ).findings,
    };
  }

  async #prepare(inputs: Readonly<Record<string, ModelInput>>): Promise<Record<string, RawTensor>> {
    const feeds: Record<string, RawTensor> = {};
    for (const spec of this.#manifest.inputs) {
      const input = inputs[spec.name];
      if (input === undefined) throw new Error('an admitted request lacks a declared input');
      feeds[spec.feeds] = await this.#prepareOne(spec, input);
    }
    return feeds;
  }

  async #prepareOne(spec: InputSpec, input: ModelInput): Promise<RawTensor> {
    const prepared = await prepareTensor(spec, input);
    checkPreparedTensor(spec.name, tensorSpec(this.#manifest.tensors.inputs, spec.feeds), prepared);
    const { dataType, shape, data } = prepared;
    return { dataType, shape, data: data instanceof Float32Array ? toBytes(data) : data };
  }

  #findings(
    tensors: ReadonlyMap<string, RawTensor>,
    wanted: readonly string[],
  ): { findings: runtimeV1.Finding[]; warnings: runtimeV1.Warning[] } {
    return toFindings(this.#manifest, tensors, wanted) as {
      findings: runtimeV1.Finding[];
      warnings: runtimeV1.Warning[];
    };
  }
}

function tensorSpec(specs: readonly TensorSpec[], name: string): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error('a parsed manifest names a tensor that it does not declare');
  return spec;
}

class Stopwatch {
  #last = process.hrtime.bigint();

  /** Microseconds since the last lap. */
  lapUs(): number {
    const now = process.hrtime.bigint();
    const us = Number((now - this.#last) / 1000n);
    this.#last = now;
    return us;
  }
}
