import { DeepHealthError, type ErrorCode, type RawTensor } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import type { ReferenceRuntime, ServedModel } from '../reference/reference-runtime.js';

type Runtime = typeof ReferenceRuntime;
type Answer = ReturnType<ReferenceRuntime['respond']>;

/** The reference with one behaviour changed: what a runtime may get wrong, and a case must find. */
export interface Mutant {
  /** `M-<AREA>-<NN>`; cases name the mutants that they kill. */
  readonly id: string;
  readonly title: string;
  readonly of: (Reference: Runtime) => Runtime;
}

/** Results of every run, changed. */
const outputs =
  (change: (tensor: RawTensor, name: string) => RawTensor) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
        const all = super.compute(served, inputs);
        return Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, change(tensor, name)]));
      }
    };

/** Answers as if an error of this kind did not matter. */
const silent =
  (code: ErrorCode, instead: (error: DeepHealthError) => DeepHealthError) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override failure(thrown: unknown) {
        const error = DeepHealthError.from(thrown);
        return super.failure(error.code === code ? instead(error) : error);
      }
    };

/** Another reason for the same refusal. */
const other = (code: ErrorCode, another: ErrorCode = 'DH_REQUEST_MALFORMED') =>
  silent(code, ({ message, details }) => new DeepHealthError(another, message, { details }));

/** The same bytes, each element changed by `change` as a FP32 number. */
const asFloats = (change: (value: number, index: number) => number) =>
  outputs((tensor) => {
    if (tensor.dataType !== 'FP32') return tensor;
    const data = Buffer.from(tensor.data);
    for (let at = 0; at < data.length; at += 4) data.writeFloatLE(change(data.readFloatLE(at), at / 4), at);
    return { ...tensor, data };
  });

const predicts =
  (change: (response: Answer) => void) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override respond(...[served, request, wanted, all]: Parameters<ReferenceRuntime['respond']>) {
        const response = super.respond(served, request, wanted, all);
        change(response);
        return response;
      }
    };

export const MUTANTS: readonly Mutant[] = [
  {
    id: 'M-CORE-01',
    title: 'names no contract version',
    of: (R) =>
      class extends R {
        override serverInfo() {
          return { ...super.serverInfo(), contractVersions: [] };
        }
      },
  },
  {
    id: 'M-CORE-02',
    title: 'lists no digest',
    of: (R) =>
      class extends R {
        override summary(served: ServedModel) {
          return { ...super.summary(served), packageSha256: '' };
        }
      },
  },
  {
    id: 'M-CORE-03',
    title: 'answers with all outputs, whatever was asked for',
    of: (R) =>
      class extends R {
        override wantedOutputs(...[manifest, wanted]: Parameters<ReferenceRuntime['wantedOutputs']>) {
          super.wantedOutputs(manifest, wanted);
          return super.wantedOutputs(manifest, []);
        }
      },
  },
  {
    id: 'M-CORE-04',
    title: 'drops the request id',
    of: predicts((response) => Object.assign(response, { requestId: '' })),
  },
  {
    id: 'M-CORE-05',
    title: 'describes every tensor as FP32',
    of: (R) =>
      class extends R {
        override descriptor(served: ServedModel) {
          const described = super.descriptor(served);
          const tensorOutputs = (described.tensorOutputs ?? []).map((one) => ({
            ...one,
            dataType: 'DATA_TYPE_FP32' as const,
          }));
          return { ...described, tensorOutputs };
        }
      },
  },
  {
    id: 'M-TENS-01',
    title: 'writes elements with the high byte first',
    of: outputs((tensor) => ({
      ...tensor,
      data: tensor.dataType === 'FP32' ? Buffer.from(tensor.data).swap32() : tensor.data,
    })),
  },
  {
    id: 'M-TENS-02',
    title: 'takes 64-bit integers through numbers',
    of: outputs((tensor) => {
      if (tensor.dataType !== 'INT64') return tensor;
      const data = Buffer.from(tensor.data);
      for (let at = 0; at < data.length; at += 8) {
        data.writeBigInt64LE(BigInt.asIntN(64, BigInt(Number(data.readBigInt64LE(at)))), at);
      }
      return { ...tensor, data };
    }),
  },
  {
    id: 'M-TENS-03',
    title: 'gives shapes flat',
    of: outputs((tensor) => ({ ...tensor, shape: [tensor.shape.reduce((all, extent) => all * extent, 1)] })),
  },
  {
    id: 'M-TENS-05',
    title: 'gives outputs by their place, not their name',
    of: predicts(({ findings = [] }) => {
      const names = findings.map(({ name }) => name).reverse();
      for (const [index, finding] of findings.entries()) finding.name = names[index] ?? '';
    }),
  },
  {
    id: 'M-TENS-06',
    title: 'drops the last element of an odd number',
    of: outputs((tensor) => {
      const [count] = tensor.shape;
      if (tensor.shape.length !== 1 || count === undefined || count % 2 === 0) return tensor;
      return {
        ...tensor,
        shape: [count - 1],
        data: tensor.data.subarray(0, (tensor.data.length / count) * (count - 1)),
      };
    }),
  },
  {
    id: 'M-TENS-07',
    title: 'makes 0 of -0 and of NaN',
    of: asFloats((value) => (Number.isNaN(value) || value === 0 ? 0 : value)),
  },
  {
    id: 'M-ERR-01',
    title: 'calls every error UNKNOWN',
    of: (R) => withFailure(R, (failure) => ({ ...failure, code: status.UNKNOWN })),
  },
  { id: 'M-ERR-02', title: 'calls an unknown model an internal error', of: other('DH_MODEL_NOT_FOUND', 'DH_INTERNAL') },
  {
    id: 'M-ERR-03',
    title: 'gives no reason',
    of: (R) =>
      withFailure(R, (failure) => {
        const metadata = failure.metadata.clone();
        metadata.remove('grpc-status-details-bin');
        return { ...failure, metadata };
      }),
  },
  {
    id: 'M-ERR-04',
    title: 'answers with another version',
    of: (R) =>
      class extends R {
        override find(name: string, _version: string) {
          return super.find(name, '');
        }
      },
  },
  { id: 'M-ERR-05', title: 'names another input for a wrong type', of: renamed('DH_TENSOR_DATATYPE_MISMATCH') },
  { id: 'M-ERR-06', title: 'names no input for a wrong shape', of: unnamed('DH_TENSOR_SHAPE_MISMATCH') },
  { id: 'M-ERR-07', title: 'calls wrong byte counts malformed', of: other('DH_TENSOR_SIZE_MISMATCH') },
  {
    id: 'M-ERR-08',
    title: 'calls overflowing extents a wrong size',
    of: other('DH_TENSOR_SHAPE_OVERFLOW', 'DH_TENSOR_SIZE_MISMATCH'),
  },
  {
    id: 'M-ERR-09',
    title: 'leaves unknown inputs aside',
    of: (R) => withInputs(R, (inputs, names) => inputs.filter(({ name }) => names.includes(name))),
  },
  {
    id: 'M-ERR-10',
    title: 'takes the last of two inputs with one name',
    of: (R) => withInputs(R, (inputs) => [...new Map(inputs.map((input) => [input.name, input])).values()]),
  },
  { id: 'M-ERR-11', title: 'calls a missing input malformed', of: other('DH_INPUT_MISSING') },
  {
    id: 'M-ERR-12',
    title: 'calls another kind of value a wrong type',
    of: other('DH_INPUT_KIND_MISMATCH', 'DH_TENSOR_DATATYPE_MISMATCH'),
  },
  {
    id: 'M-ERR-13',
    title: 'leaves unknown outputs aside',
    of: (R) =>
      class extends R {
        override wantedOutputs(...[manifest, wanted]: Parameters<ReferenceRuntime['wantedOutputs']>) {
          return super.wantedOutputs(
            manifest,
            wanted.filter((name) => manifest.outputs.some((output) => output.name === name)),
          );
        }
      },
  },
  {
    id: 'M-ERR-14',
    title: 'takes any request id',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, requestId: '' });
        }
      },
  },
  {
    id: 'M-ERR-15',
    title: 'computes with NaN',
    of: (R) =>
      class extends R {
        override admitTensor(...[declared, tensor]: Parameters<ReferenceRuntime['admitTensor']>) {
          return super.admitTensor({ ...declared, nonFinite: 'allow' }, tensor);
        }
      },
  },
  {
    id: 'M-SEC-01',
    title: 'tells where the model lies',
    of: (R) =>
      withFailure(R, (failure) => ({ ...failure, details: `${failure.details} (/srv/models/store/model.onnx)` })),
  },
  {
    id: 'M-LIFE-01',
    title: 'answers for a version that was unloaded',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          const served = this.find(request.modelName, request.modelVersion);
          const { state } = served;
          served.state = 'MODEL_STATE_READY';
          const admitted = super.admit(request);
          served.state = state;
          return admitted;
        }
      },
  },
  {
    id: 'M-LIFE-02',
    title: 'answers wrongly after an error',
    of: (R) =>
      class extends R {
        #failed = false;
        override failure(thrown: unknown) {
          this.#failed = true;
          return super.failure(thrown);
        }
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          if (this.#failed) for (const tensor of Object.values(all)) tensor.data[0] = (tensor.data[0] ?? 0) ^ 0x40;
          return all;
        }
      },
  },
  {
    id: 'M-LIFE-03',
    title: 'refuses to load what is being loaded',
    of: (R) =>
      class extends R {
        readonly #loading = new Set<string>();
        override async load(name: string, version: string) {
          if (this.#loading.has(name)) throw new DeepHealthError('DH_MODEL_NOT_READY', 'The version is being loaded.');
          this.#loading.add(name);
          await this.wait(20, new AbortController().signal);
          this.#loading.delete(name);
          return super.load(name, version);
        }
      },
  },
  {
    id: 'M-LIFE-04',
    title: 'drops what runs when it unloads',
    of: (R) =>
      class extends R {
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          const outputs = await super.run(served, inputs, context);
          if (served.state !== 'MODEL_STATE_READY') throw new DeepHealthError('DH_MODEL_UNLOADED', 'It was unloaded.');
          return outputs;
        }
      },
  },
  {
    id: 'M-LIFE-05',
    title: 'runs no golden case when it verifies',
    of: (R) =>
      class extends R {
        override async verify(name: string, version: string) {
          return { ...(await super.verify(name, version)), report: { checks: [], goldenCases: 0 } };
        }
      },
  },
  {
    id: 'M-LIFE-06',
    title: 'loads, unloads and verifies another version than it is told',
    of: (R) =>
      class extends R {
        override load(name: string, _version: string) {
          return super.load(name, '');
        }
        override unload(name: string, _version: string) {
          return super.unload(name, '');
        }
        override verify(name: string, _version: string) {
          return super.verify(name, '');
        }
      },
  },
  {
    id: 'M-NUM-01',
    title: 'is ten times as inexact as allowed in one element',
    of: asFloats((value, index) => (index === 1 ? value + 80 * 2 ** -23 * Math.max(1, Math.abs(value)) : value)),
  },
  {
    id: 'M-NUM-02',
    title: 'computes in half precision',
    of: asFloats((value) => (Number.isFinite(value) ? Math.round(value * 1024) / 1024 : value)),
  },
  {
    id: 'M-NUM-03',
    title: 'takes sums over all rows',
    of: asFloats((value) => value * 1.0001),
  },
  {
    id: 'M-NUM-04',
    title: 'remembers answers by the shape of the request',
    of: (R) =>
      class extends R {
        readonly #known = new Map<string, Record<string, RawTensor>>();
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const key = JSON.stringify([served.model.name, Object.values(inputs).map(({ shape }) => shape)]);
          const known = this.#known.get(key) ?? super.compute(served, inputs);
          this.#known.set(key, known);
          return known;
        }
      },
  },
  {
    id: 'M-NUM-05',
    title: 'computes every row as the first one',
    of: outputs((tensor) => {
      const [rows] = tensor.shape;
      if (tensor.shape.length < 2 || rows === undefined || rows === 0) return tensor;
      const row = tensor.data.subarray(0, tensor.data.length / rows);
      return { ...tensor, data: Buffer.concat(Array.from({ length: rows }, () => row)) };
    }),
  },
  {
    id: 'M-SAFE-01',
    title: 'gives no provenance',
    of: predicts((response) => Object.assign(response, { provenance: undefined })),
  },
  {
    id: 'M-SAFE-02',
    title: 'gives the digest of another package',
    of: predicts((response) => Object.assign(response.provenance ?? {}, { packageSha256: 'f'.repeat(64) })),
  },
  {
    id: 'M-SAFE-03',
    title: 'does not look at the package that is expected',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, expectedPackageSha256: '' });
        }
      },
  },
  { id: 'M-SAFE-04', title: 'warns of nothing', of: predicts((response) => Object.assign(response, { warnings: [] })) },
  {
    id: 'M-SAFE-05',
    title: 'takes a sequence for a single request',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, sequenceContext: null });
        }
      },
  },
  {
    id: 'M-SAFE-06',
    title: 'leaves highlights out without a word',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, highlights: [] });
        }
      },
  },
  {
    id: 'M-STRM-01',
    title: 'answers items under the id of the one before',
    of: (R) =>
      class extends R {
        #last: string | undefined;
        override itemResult(...[itemId, response]: Parameters<ReferenceRuntime['itemResult']>) {
          const result = super.itemResult(this.#last ?? itemId, response);
          this.#last = itemId;
          return result;
        }
      },
  },
  {
    id: 'M-STRM-02',
    title: 'answers every item of a stream with the first answer',
    of: (R) =>
      class extends R {
        #first: Parameters<ReferenceRuntime['itemResult']>[1] | undefined;
        override itemResult(...[itemId, response]: Parameters<ReferenceRuntime['itemResult']>) {
          this.#first ??= response;
          return super.itemResult(itemId, this.#first);
        }
      },
  },
  {
    id: 'M-STRM-03',
    title: 'calls a failed item an internal error',
    of: (R) =>
      class extends R {
        override itemStatus(_thrown: unknown) {
          return super.itemStatus(new DeepHealthError('DH_INTERNAL', 'The item failed.'));
        }
      },
  },
  {
    id: 'M-STRM-04',
    title: 'takes two items with one id',
    of: (R) =>
      class extends R {
        override admitItem(_itemId: string, unanswered: ReadonlySet<string>) {
          super.admitItem('', unanswered);
        }
      },
  },
  {
    id: 'M-STRM-05',
    title: 'says of a failed item only that it failed',
    of: (R) =>
      class extends R {
        override itemStatus(thrown: unknown) {
          return { ...super.itemStatus(thrown), metadata: {} };
        }
      },
  },
  {
    id: 'M-CONC-01',
    title: 'mixes up the answers of calls at the same time',
    of: (R) =>
      class extends R {
        #shared: Record<string, RawTensor> = {};
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          this.#shared = inputs;
          await super.run(served, inputs, context);
          return this.compute(served, this.#shared);
        }
      },
  },
];

function withFailure(
  Reference: Runtime,
  change: (failure: ReturnType<ReferenceRuntime['failure']>) => ReturnType<ReferenceRuntime['failure']>,
): Runtime {
  return class extends Reference {
    override failure(thrown: unknown) {
      return change(super.failure(thrown));
    }
  };
}

function withInputs(
  Reference: Runtime,
  change: (
    inputs: Parameters<ReferenceRuntime['admitInputs']>[1],
    names: string[],
  ) => Parameters<ReferenceRuntime['admitInputs']>[1],
): Runtime {
  return class extends Reference {
    override admitInputs(...[served, inputs]: Parameters<ReferenceRuntime['admitInputs']>) {
      return super.admitInputs(
        served,
        change(
          inputs,
          served.model.graph.inputs.map(({ name }) => name),
        ),
      );
    }
  };
}

function renamed(code: ErrorCode) {
  return silent(
    code,
    ({ message, details }) => new DeepHealthError(code, message, { details: { ...details, input: 'b' } }),
  );
}

function unnamed(code: ErrorCode) {
  return silent(code, ({ message }) => new DeepHealthError(code, message));
}
