import type { OipInput } from '../../reference/oip/oip-reference.js';
import type { Mutant } from './mutant.js';
import { asks, countOf, declaredInputs, inputs, oip, resized, transposed } from './oip-mutant.js';

/** What a server may do wrong with what it is sent. */
export const OIP_REQUEST_MUTANTS: readonly Mutant[] = [
  oip(
    'M-OIP-18',
    'takes matrices of FP32 in column-major order',
    inputs((input) =>
      input.datatype === 'FP32' && input.shape.length === 2 ? { ...input, data: transposed(input) } : input,
    ),
  ),
  oip(
    'M-OIP-19',
    'takes inputs by their place',
    asks((request, reference) => {
      const declared = declaredInputs(request, reference);
      return {
        ...request,
        inputs: request.inputs.map((input, index) => ({ ...input, name: declared[index]?.name ?? input.name })),
      };
    }),
  ),
  oip(
    'M-OIP-23',
    'gives all outputs, whatever is asked for',
    asks((request) => ({ ...request, outputs: [] })),
  ),
  oip(
    'M-OIP-24',
    'leaves outputs aside that it does not have',
    asks((request, { runtime }) => {
      const { graph } = runtime.find(request.model, request.version).model;
      const known = request.outputs.filter(({ name }) => graph.outputs.some((output) => output.name === name));
      return { ...request, outputs: known };
    }),
  ),
  oip(
    'M-OIP-28',
    'cuts and fills contents to the size that they should have',
    inputs((input) =>
      input.datatype === 'BYTES' ? input : { ...input, data: resized(input.data, 4 * countOf(input.shape)) },
    ),
  ),
  oip(
    'M-OIP-32',
    'takes zeros for an input that was not sent',
    asks((request, reference) => {
      const missing = declaredInputs(request, reference).filter(({ name }) =>
        request.inputs.every((input) => input.name !== name),
      );
      const zeros = missing.map(({ name, dataType, shape }) => {
        const extents = shape.map((extent) => String(Math.abs(extent)));
        return { name, datatype: dataType, shape: extents, data: Buffer.alloc(4 * countOf(extents)) };
      });
      return { ...request, inputs: [...request.inputs, ...zeros] };
    }),
  ),
  oip(
    'M-OIP-33',
    'leaves inputs aside that the model does not have',
    asks((request, reference) => {
      const declared = declaredInputs(request, reference);
      return { ...request, inputs: request.inputs.filter(({ name }) => declared.some((one) => one.name === name)) };
    }),
  ),
  oip(
    'M-OIP-34',
    'takes the last of two inputs with one name',
    asks((request) => ({ ...request, inputs: [...new Map(request.inputs.map((one) => [one.name, one])).values()] })),
  ),
  oip(
    'M-OIP-35',
    "takes the bytes for the model's datatype, whatever the request says",
    asks((request, reference) => {
      const declared = declaredInputs(request, reference);
      const typeOf = (input: OipInput) => declared.find(({ name }) => name === input.name)?.dataType ?? input.datatype;
      return { ...request, inputs: request.inputs.map((input) => ({ ...input, datatype: typeOf(input) })) };
    }),
  ),
  oip(
    'M-OIP-36',
    "takes the bytes in the model's shape, whatever the request says",
    inputs((input) => {
      if (input.name !== 'a') return input;
      const rows = Math.floor(input.data.byteLength / 16);
      return { ...input, shape: [String(rows), '4'], data: input.data.subarray(0, 16 * rows) };
    }),
  ),
  oip(
    'M-OIP-37',
    'answers for a model that it does not have',
    asks((request, { runtime }) =>
      runtime.list(request.model).length > 0 ? request : { ...request, model: 'conformance-matmul' },
    ),
  ),
  oip(
    'M-OIP-45',
    'lets the product of extents overflow',
    inputs((input) => ({ ...input, shape: input.shape.map((extent) => String(BigInt.asUintN(62, BigInt(extent)))) })),
  ),
];
