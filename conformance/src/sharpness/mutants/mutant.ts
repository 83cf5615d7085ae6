import { DeepHealthError, type ErrorCode, type RawTensor } from '@deephealth/sdk';
import type { OipJson } from '../../reference/oip/oip-json.js';
import type { OipReference } from '../../reference/oip/oip-reference.js';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServeOptions } from '../../reference/serve-reference.js';
import type { Weakness } from '../../reference/serve-secure.js';
import type { ServedModel } from '../../reference/served-model.js';

export type Runtime = typeof ReferenceRuntime;
export type Answer = ReturnType<ReferenceRuntime['respond']>;

/** The reference with one behaviour changed: what a runtime may get wrong, and a case must find. */
export interface Mutant {
  /** `M-<AREA>-<NN>`; cases name the mutants that they kill. */
  readonly id: string;
  readonly title: string;
  readonly of: (Reference: Runtime) => Runtime;
  /** How it is served otherwise than the reference. */
  readonly serves?: ServeOptions;
  /** How it is less secure, where it is served behind TLS. */
  readonly weakness?: Weakness;
  /** What it does otherwise in the Open Inference Protocol. */
  readonly oip?: (Reference: typeof OipReference) => typeof OipReference;
  readonly json?: (Reference: typeof OipJson) => typeof OipJson;
}

/** Results of every run, changed. */
export const outputs =
  (change: (tensor: RawTensor, name: string) => RawTensor) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
        const all = super.compute(served, inputs);
        return Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, change(tensor, name)]));
      }
    };

/** Answers as if an error of this kind did not matter. */
export const silent =
  (code: ErrorCode, instead: (error: DeepHealthError) => DeepHealthError) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override failure(thrown: unknown) {
        const error = DeepHealthError.from(thrown);
        return super.failure(error.code === code ? instead(error) : error);
      }
    };

/** Another reason for the same refusal. */
export const other = (code: ErrorCode, another: ErrorCode = 'DH_REQUEST_MALFORMED') =>
  silent(code, ({ message, details }) => new DeepHealthError(another, message, { details }));

/** The same bytes, each element changed by `change` as a FP32 number. */
export const asFloats = (change: (value: number, index: number) => number) =>
  outputs((tensor) => {
    if (tensor.dataType !== 'FP32') return tensor;
    const data = Buffer.from(tensor.data);
    for (let at = 0; at < data.length; at += 4) data.writeFloatLE(change(data.readFloatLE(at), at / 4), at);
    return { ...tensor, data };
  });

export const predicts =
  (change: (response: Answer) => void) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override respond(...[served, request, wanted, all]: Parameters<ReferenceRuntime['respond']>) {
        const response = super.respond(served, request, wanted, all);
        change(response);
        return response;
      }
    };

export function withFailure(
  Reference: Runtime,
  change: (failure: ReturnType<ReferenceRuntime['failure']>) => ReturnType<ReferenceRuntime['failure']>,
): Runtime {
  return class extends Reference {
    override failure(thrown: unknown) {
      return change(super.failure(thrown));
    }
  };
}

export function withInputs(
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

export function renamed(code: ErrorCode) {
  return silent(
    code,
    ({ message, details }) => new DeepHealthError(code, message, { details: { ...details, input: 'b' } }),
  );
}

export function unnamed(code: ErrorCode) {
  return silent(code, ({ message }) => new DeepHealthError(code, message));
}
