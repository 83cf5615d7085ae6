import type { OipInput, OipReference, OipRequest, OipResult } from '../../reference/oip/oip-reference.js';
import type { Mutant, Runtime } from './mutant.js';

export type Oip = typeof OipReference;
export type Output = OipResult['outputs'][number];

export const same = (Reference: Runtime): Runtime => Reference;

export function oip(id: string, title: string, change: (Reference: Oip) => Oip): Mutant {
  return { id, title, of: same, oip: change };
}

/** Requests changed before anything is looked at. */
export const asks =
  (change: (request: OipRequest, reference: OipReference) => OipRequest) =>
  (R: Oip): Oip =>
    class extends R {
      override infer(request: OipRequest) {
        return super.infer(change(request, this));
      }
    };

/** Results changed after everything was done. */
export const gives =
  (change: (result: OipResult, request: OipRequest) => OipResult) =>
  (R: Oip): Oip =>
    class extends R {
      override async infer(request: OipRequest) {
        return change(await super.infer(request), request);
      }
    };

export const outputs = (change: (output: Output) => Output) =>
  gives((result) => ({ ...result, outputs: result.outputs.map(change) }));

export const metadata =
  (change: (known: ReturnType<OipReference['modelMetadata']>) => object) =>
  (R: Oip): Oip =>
    class extends R {
      override modelMetadata(name: string, version: string) {
        const known = super.modelMetadata(name, version);
        return { ...known, ...change(known) };
      }
    };

export const inputs = (change: (input: OipInput) => OipInput) =>
  asks((request) => ({ ...request, inputs: request.inputs.map(change) }));

export const declaredInputs = (request: OipRequest, { runtime }: OipReference) =>
  runtime.find(request.model, request.version).model.graph.inputs;

export function resized(data: Uint8Array, sizeBytes: number): Uint8Array {
  return Buffer.concat([data, Buffer.alloc(Math.max(0, sizeBytes - data.byteLength))]).subarray(0, sizeBytes);
}

export function swapped(data: Uint8Array, dataType: string): Uint8Array {
  const copy = Buffer.from(data);
  if (/64$/.test(dataType)) return copy.swap64();
  if (/32$/.test(dataType)) return copy.swap32();
  return /16$/.test(dataType) ? copy.swap16() : copy;
}

export const countOf = (shape: readonly (string | number)[]) =>
  shape.reduce<number>((product, one) => product * Number(one), 1);

/** Elements of four bytes in column-major order. */
export function transposed({ shape, data }: OipInput): Uint8Array {
  const [rows = 1, columns = 1] = shape.map(Number);
  const from = Buffer.from(data);
  const to = Buffer.alloc(from.byteLength);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      from.copy(to, 4 * (row * columns + column), 4 * (column * rows + row), 4 * (column * rows + row) + 4);
    }
  }
  return to;
}
