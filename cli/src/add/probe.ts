import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startRuntimeServer } from '@deephealth/runtime';
import {
  createRuntimeClient,
  DeepHealthError,
  type ErrorCode,
  type GoldenInput,
  type InputSpec,
  type Manifest,
  type RuntimeClient,
  sha256,
  type TensorSpec,
  toNamedInputs,
  toTypedArray,
  writeChecksums,
} from '@deephealth/sdk';
import { MAX_MESSAGE_BYTES } from '../commands/connection.js';
import type { ModelFile } from './model-file.js';
import type { ModelOutput } from './model-output.js';

/** One way to prepare the input. */
export interface Candidate {
  readonly settings: Readonly<Record<string, string>>;
  readonly input: InputSpec;
}

/** What a model gave for each sample; null where it refused one, with the first reason. */
export interface ProbedCandidate {
  readonly rows: readonly (Float32Array | null)[];
  readonly refused?: { readonly code: ErrorCode; readonly message: string; readonly sample?: number };
}

const IN_FLIGHT = 4;
const DEADLINE_MS = 120_000;
/** So large that any finite output is within: a probe asks what the model gives, and expects nothing of it. */
const ANY = 1e30;

/**
 * Runs samples through the model with each preparation, in model hosts as a server has them: nothing of a foreign model
 * runs in this process. The packages live in a folder for temporary files and are never served to anybody.
 */
export async function probeCandidates(
  model: ModelFile,
  tensors: Manifest['tensors'],
  output: ModelOutput,
  candidates: readonly Candidate[],
  samples: readonly GoldenInput[],
  onProgress: (done: number) => void,
): Promise<ProbedCandidate[]> {
  const store = await mkdtemp(join(tmpdir(), 'deephealth-add-'));
  try {
    for (const [index, { input }] of candidates.entries()) {
      await writeProbe(
        join(store, nameOf(index), '1.0.0'),
        nameOf(index),
        model,
        tensors,
        output,
        input,
        samples[0] as GoldenInput,
      );
    }
    const server = await startRuntimeServer({ models: [store], port: 0, stateFolder: join(store, '.state') });
    const client = createRuntimeClient({ address: server.address, maxMessageBytes: MAX_MESSAGE_BYTES });
    try {
      await server.verified;
      const probed: ProbedCandidate[] = [];
      for (const [index, { input }] of candidates.entries()) {
        const served = server.store.versions(nameOf(index))[0];
        if (served?.state === 'READY') {
          probed.push(await runSamples(client, nameOf(index), input.name, samples, () => onProgress(probed.length)));
        } else {
          const { code = 'DH_MODEL_NOT_READY', message = 'The probe could not be loaded.' } = served?.reason ?? {};
          probed.push({ rows: samples.map(() => null), refused: { code, message } });
        }
        onProgress(probed.length);
      }
      return probed;
    } finally {
      client.close();
      await server.stop();
    }
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

const nameOf = (index: number) => `probe-${index}`;

async function runSamples(
  client: RuntimeClient,
  modelName: string,
  input: string,
  samples: readonly GoldenInput[],
  onSample: () => void,
): Promise<ProbedCandidate> {
  const rows: (Float32Array | null)[] = samples.map(() => null);
  const failures: { code: ErrorCode; message: string; sample: number }[] = [];
  let next = 0;
  const work = async () => {
    for (;;) {
      const place = next++;
      const sample = samples[place];
      if (sample === undefined) return;
      try {
        const inputs = toNamedInputs({ [input]: sample });
        const request = { modelName, modelVersion: '', inputs, requestId: '' };
        const { findings } = await client.predict(request, { deadlineMs: DEADLINE_MS });
        const data = findings[0]?.tensor?.data as Uint8Array;
        rows[place] = toTypedArray('FP32', data) as Float32Array;
      } catch (thrown) {
        const { code, message } = DeepHealthError.from(thrown);
        failures.push({ code, message, sample: place });
      }
      onSample();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const [first] = failures.sort((a, b) => a.sample - b.sample);
  return first === undefined ? { rows } : { rows, refused: first };
}

async function writeProbe(
  folder: string,
  name: string,
  model: ModelFile,
  tensors: Manifest['tensors'],
  output: ModelOutput,
  input: InputSpec,
  sample: GoldenInput,
): Promise<void> {
  await mkdir(join(folder, 'golden'), { recursive: true });
  await writeFile(join(folder, 'model.onnx'), model.onnx);
  for (const { file, path } of model.external) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(path, join(folder, file));
  }
  const manifest: Manifest = {
    schemaVersion: 1,
    ...{ name, version: '1.0.0', title: name, intendedUse: 'Finding out how a model is prepared.' },
    ...{ limitations: ['Never served.'], license: 'none', researchUseOnly: true },
    onnx: onnxFiles(model),
    tensors,
    inputs: [input],
    outputs: [{ name: 'raw', kind: 'tensor', from: output.tensor }],
    execution: { maxBatchSize: 1 },
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  const declared = tensors.outputs.find((one) => one.name === output.tensor) as TensorSpec;
  const shape = declared.shape.map((extent) => (extent === -1 ? 1 : extent));
  const golden = {
    ...{ schemaVersion: 1, id: 'any', description: 'Any finite numbers.', source: 'None.', profile: 'reduced' },
    inputs: { [input.name]: sample },
    expected: {
      tensors: {
        [output.tensor]: { dataType: 'FP32', shape, values: Array<number>(output.width).fill(0), scale: ANY },
      },
    },
  };
  await writeFile(join(folder, 'golden', 'any.json'), JSON.stringify(golden));
  await writeFile(join(folder, 'MODEL_CARD.md'), 'A probe, which nobody serves.\n');
  await writeChecksums(folder);
}

export function onnxFiles({ onnx, external, rewritten }: ModelFile): NonNullable<Manifest['onnx']> {
  const externalData = external.map(({ file, sizeBytes, sha256: digest }) => ({ file, sizeBytes, sha256: digest }));
  return {
    file: 'model.onnx',
    sha256: sha256(onnx),
    ...(externalData.length > 0 && { externalData }),
    ...(rewritten.rewrites.length > 0 && rewritten),
  };
}
