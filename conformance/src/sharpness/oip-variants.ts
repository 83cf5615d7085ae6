import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, isFloatingPoint, type RawTensor, tensorValues } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import { contentsField } from '../oip/prepare-infer.js';
import type { OipJson } from '../reference/oip/oip-json.js';
import type { OipReference, OipRequest, OipResult } from '../reference/oip/oip-reference.js';
import type { Mutant } from './mutants/mutant.js';

/** A server that does otherwise where the protocol leaves it open: it must not fail a single MUST. */
export interface OipVariant extends Pick<Mutant, 'oip' | 'json'> {
  readonly id: string;
  readonly title: string;
}

export const OIP_VARIANTS: readonly OipVariant[] = [
  {
    id: 'V-1',
    title: 'answers with typed contents',
    oip: (R) =>
      class extends R {
        override toMessage(result: OipResult): inferenceV2.ModelInferResponse {
          const message = super.toMessage(result);
          if (result.outputs.some(({ dataType }) => contentsField(dataType) === undefined)) return message;
          return {
            ...message,
            rawOutputContents: [],
            outputs: result.outputs.map(({ name, dataType, shape, data }) => ({
              name,
              datatype: dataType,
              shape: [...shape],
              contents: { [contentsField(dataType) as string]: wireValues({ dataType, shape, data }) },
            })),
          };
        }
      },
  },
  {
    id: 'V-2',
    title: 'has neither versions nor extensions',
    oip: (R) =>
      class extends R {
        override serverMetadata() {
          return { ...super.serverMetadata(), version: '', extensions: [] };
        }
        override versions() {
          return [];
        }
        override async infer(request: OipRequest) {
          return { ...(await super.infer(request)), version: '' };
        }
      },
  },
  {
    id: 'V-3',
    title: 'gives all outputs in the reverse order, and describes tensors in it',
    oip: (R) =>
      class extends R {
        override async infer(request: OipRequest) {
          const result = await super.infer({ ...request, outputs: request.outputs.filter(({ classes }) => classes) });
          return { ...result, outputs: [...result.outputs].reverse() };
        }
        override modelMetadata(...named: Parameters<OipReference['modelMetadata']>) {
          const { inputs, outputs, ...rest } = super.modelMetadata(...named);
          return { ...rest, inputs: [...inputs].reverse(), outputs: [...outputs].reverse() };
        }
      },
  },
  {
    id: 'V-4',
    title: 'has other statuses, says little and nests data in JSON',
    oip: (R) =>
      class extends R {
        override healthBody() {
          return undefined;
        }
        override failure(thrown: unknown) {
          return { ...super.failure(thrown), code: status.INTERNAL, details: '' };
        }
        override httpFailure(thrown: unknown) {
          return { ...super.httpFailure(thrown), status: 500 };
        }
      },
    json: (R) =>
      class extends R {
        override notOffered(code: 404 | 405) {
          return { ...super.notOffered(code), status: 400 };
        }
        override write(...[result, wantsBinary]: Parameters<OipJson['write']>) {
          const reply = super.write(result, wantsBinary);
          const type = reply.headers['content-type'];
          return { ...reply, headers: { ...reply.headers, 'content-type': `${type}; charset=utf-8` } };
        }
        override elements(tensor: RawTensor) {
          const flat = super.elements(tensor);
          const [rows = 1] = tensor.shape;
          if (tensor.shape.length !== 2) return flat;
          const columns = flat.length / rows;
          return Array.from({ length: rows }, (_, row) => flat.slice(row * columns, (row + 1) * columns));
        }
      },
  },
  {
    id: 'V-5',
    title: 'refuses what it need not take: parameters, tensors without elements, values that are no numbers',
    oip: (R) =>
      class extends R {
        override readMessage(message: Parameters<OipReference['readMessage']>[0]) {
          if (Object.keys(message.parameters).length > 0) throw refusal();
          return super.readMessage(message);
        }
        override async infer(request: OipRequest) {
          if (request.inputs.some(({ shape }) => shape.includes('0'))) throw refusal();
          const result = await super.infer(request);
          const isNumber = ({ dataType, shape, data }: RawTensor) =>
            !isFloatingPoint(dataType) || tensorValues({ dataType, shape, data }).every(Number.isFinite);
          if (!result.outputs.every(isNumber)) throw refusal();
          return result;
        }
      },
  },
];

function refusal(): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', 'This is not taken here.');
}

function wireValues(tensor: RawTensor): (number | string | boolean | Buffer)[] {
  return tensorValues(tensor).map((one) => {
    if (one instanceof Uint8Array) return Buffer.from(one);
    return typeof one === 'bigint' ? String(one) : one;
  });
}
