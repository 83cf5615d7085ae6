import { DeepHealthError, encodeBytesElements, type RawTensor, tensorValues } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import type { OipReference, OipRequest, OipResult } from '../../reference/oip/oip-reference.js';
import type { Mutant } from './mutant.js';
import { countOf, gives, metadata, type Output, oip, outputs, resized, swapped } from './oip-mutant.js';

/** What a server may do wrong in what it says. */
export const OIP_ANSWER_MUTANTS: readonly Mutant[] = [
  oip(
    'M-OIP-01',
    'is never live',
    (R) =>
      class extends R {
        override live() {
          return false;
        }
      },
  ),
  oip(
    'M-OIP-02',
    'is never ready',
    (R) =>
      class extends R {
        override ready() {
          return false;
        }
      },
  ),
  oip(
    'M-OIP-03',
    'has no model ready',
    (R) =>
      class extends R {
        override modelReady(name: string, version: string) {
          return super.modelReady(name, version) && false;
        }
      },
  ),
  oip(
    'M-OIP-04',
    'says of every model that it is ready',
    (R) =>
      class extends R {
        override modelReady() {
          return true;
        }
      },
  ),
  {
    id: 'M-OIP-05',
    title: 'takes any version for the one that it has',
    of: (R) =>
      class extends R {
        override find(name: string, _version: string) {
          return super.find(name, '');
        }
      },
  },
  oip(
    'M-OIP-06',
    'names neither itself nor its version',
    (R) =>
      class extends R {
        override serverMetadata() {
          return { ...super.serverMetadata(), name: '', version: '' };
        }
      },
  ),
  oip(
    'M-OIP-07',
    'writes datatypes in small letters in metadata',
    (R) =>
      class extends R {
        override describe(...[tensor]: Parameters<OipReference['describe']>) {
          const known = super.describe(tensor);
          return { ...known, datatype: known.datatype.toLowerCase() };
        }
      },
  ),
  oip(
    'M-OIP-08',
    'gives variable extents as 1 in metadata',
    (R) =>
      class extends R {
        override describe(...[tensor]: Parameters<OipReference['describe']>) {
          const known = super.describe(tensor);
          return { ...known, shape: known.shape.map((extent) => Math.abs(extent)) };
        }
      },
  ),
  oip(
    'M-OIP-09',
    'leaves the last output out of metadata',
    metadata(({ outputs: all }) => ({ outputs: all.slice(0, -1) })),
  ),
  oip(
    'M-OIP-10',
    'gives empty metadata for a model that it does not have',
    (R) =>
      class extends R {
        override modelMetadata(name: string, version: string) {
          try {
            return super.modelMetadata(name, version);
          } catch {
            return { name, versions: [], platform: '', inputs: [], outputs: [] };
          }
        }
      },
  ),
  oip(
    'M-OIP-11',
    'loses the lowest bit of UINT16',
    outputs((output) => {
      if (output.dataType !== 'UINT16') return output;
      return { ...output, data: Buffer.from(output.data).map((byte, index) => (index % 2 === 0 ? byte & 0xfe : byte)) };
    }),
  ),
  oip(
    'M-OIP-12',
    'takes and gives raw contents big-endian',
    (R) =>
      class extends R {
        override fromRaw(datatype: string, data: Uint8Array) {
          return swapped(data, datatype);
        }
        override toRaw(tensor: RawTensor) {
          return swapped(tensor.data, tensor.dataType);
        }
      },
  ),
  oip(
    'M-OIP-13',
    'takes typed INT8 for unsigned',
    (R) =>
      class extends R {
        override fromTyped(input: Parameters<OipReference['fromTyped']>[0]) {
          const data = super.fromTyped(input);
          return input.datatype === 'INT8' ? Buffer.from(data).map((byte) => byte & 0x7f) : data;
        }
      },
  ),
  oip(
    'M-OIP-14',
    'takes typed UINT64 through doubles',
    (R) =>
      class extends R {
        override fromTyped(input: Parameters<OipReference['fromTyped']>[0]) {
          const data = super.fromTyped(input);
          if (input.datatype !== 'UINT64') return data;
          const bytes = Buffer.from(data);
          for (let at = 0; at < bytes.length; at += 8) {
            bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(Number(bytes.readBigUInt64LE(at)))), at);
          }
          return bytes;
        }
      },
  ),
  oip(
    'M-OIP-15',
    'gives texts in ASCII',
    outputs((output) => {
      if (output.dataType !== 'BYTES') return output;
      const texts = tensorValues(output).map((one) => Buffer.from(one as Uint8Array).map((byte) => byte & 0x7f));
      return { ...output, data: encodeBytesElements(texts) };
    }),
  ),
  oip(
    'M-OIP-16',
    'writes the lengths of texts big-endian',
    (R) =>
      class extends R {
        override toRaw(tensor: RawTensor) {
          if (tensor.dataType !== 'BYTES') return super.toRaw(tensor);
          return Buffer.concat(
            tensorValues(tensor).map((one) => {
              const length = Buffer.alloc(4);
              length.writeUInt32BE((one as Uint8Array).byteLength);
              return Buffer.concat([length, one as Uint8Array]);
            }),
          );
        }
      },
  ),
  oip(
    'M-OIP-17',
    'computes FP64 in FP32',
    outputs((output) => {
      if (output.dataType !== 'FP64') return output;
      const data = Buffer.from(output.data);
      for (let at = 0; at < data.length; at += 8) data.writeDoubleLE(Math.fround(data.readDoubleLE(at)), at);
      return { ...output, data };
    }),
  ),
  oip(
    'M-OIP-20',
    'gives raw contents in the reverse order',
    (R) =>
      class extends R {
        override toMessage(result: OipResult) {
          const message = super.toMessage(result);
          return { ...message, rawOutputContents: [...(message.rawOutputContents ?? [])].reverse() };
        }
      },
  ),
  oip(
    'M-OIP-21',
    'gives outputs by their place',
    (R) =>
      class extends R {
        override async infer(request: OipRequest) {
          const result = await super.infer({ ...request, outputs: [] });
          if (request.outputs.length === 0) return result;
          const named = request.outputs.map(({ name }, index) => ({ ...(result.outputs[index] as Output), name }));
          return { ...result, outputs: named };
        }
      },
  ),
  oip(
    'M-OIP-22',
    'gives the first output, whatever is asked for',
    (R) =>
      class extends R {
        override async infer(request: OipRequest) {
          const result = await super.infer({ ...request, outputs: [] });
          return { ...result, outputs: result.outputs.slice(0, 1) };
        }
      },
  ),
  oip(
    'M-OIP-25',
    'drops the id',
    gives((result) => ({ ...result, id: '' })),
  ),
  oip(
    'M-OIP-26',
    'does not say which model it used',
    gives((result) => ({ ...result, model: '', version: '' })),
  ),
  oip(
    'M-OIP-27',
    'takes the raw of raw and typed contents',
    (R) =>
      class extends R {
        override checkContents() {
          // Whatever it is.
        }
      },
  ),
  oip(
    'M-OIP-29',
    'takes zeros where raw entries are missing, and leaves others aside',
    (R) =>
      class extends R {
        override readMessage(message: Parameters<OipReference['readMessage']>[0]) {
          const raw = message.rawInputContents;
          if (raw.length === 0) return super.readMessage(message);
          const filled = message.inputs.map(({ shape }, index) => raw[index] ?? Buffer.alloc(4 * countOf(shape)));
          return super.readMessage({ ...message, rawInputContents: filled });
        }
      },
  ),
  oip(
    'M-OIP-30',
    'takes zeros where elements are missing, and leaves others aside',
    (R) =>
      class extends R {
        override fromElements(...[name, datatype, shape, values]: Parameters<OipReference['fromElements']>) {
          const count = countOf(shape);
          const filled = Array.from({ length: count }, (_, index) => values[index] ?? 0);
          return super.fromElements(name, datatype, shape, filled);
        }
      },
  ),
  oip(
    'M-OIP-31',
    'takes typed contents from whatever field holds some',
    (R) =>
      class extends R {
        override fromTyped(input: Parameters<OipReference['fromTyped']>[0]) {
          const held = Object.values(input.contents ?? {}).find((list) => list.length > 0) ?? [];
          return this.fromElements(input.name, input.datatype, input.shape, held as number[]);
        }
      },
  ),
  oip(
    'M-OIP-38',
    'calls every error UNKNOWN and says nothing',
    (R) =>
      class extends R {
        override failure(thrown: unknown) {
          return { ...super.failure(thrown), code: status.UNKNOWN, details: '' };
        }
      },
  ),
  oip(
    'M-OIP-39',
    'makes a row of nothing',
    outputs((output) =>
      output.data.byteLength > 0 ? output : { ...output, shape: [1, ...output.shape.slice(1)], data: Buffer.alloc(16) },
    ),
  ),
  {
    ...oip(
      'M-OIP-40',
      'refuses parameters that it does not know',
      (R) =>
        class extends R {
          override readMessage(message: Parameters<OipReference['readMessage']>[0]) {
            const all = [message, ...message.inputs, ...message.outputs].flatMap(({ parameters }) =>
              Object.keys(parameters),
            );
            if (all.length > 0) throw new DeepHealthError('DH_PARAMETER_INVALID', 'There is no such parameter.');
            return super.readMessage(message);
          }
        },
    ),
    json: (R) =>
      class extends R {
        override parse(text: string) {
          if (text.includes('"parameters"')) throw new DeepHealthError('DH_PARAMETER_INVALID', 'No such parameter.');
          return super.parse(text);
        }
      },
  },
  oip(
    'M-OIP-41',
    'gives the worst classes',
    (R) =>
      class extends R {
        override classify(tensor: RawTensor, count: number) {
          const all = super.classify(tensor, tensor.shape.at(-1) ?? 1);
          const texts = tensorValues(all) as Uint8Array[];
          return { ...all, shape: [1, count], data: encodeBytesElements([...texts].reverse().slice(0, count)) };
        }
      },
  ),
  oip('M-OIP-42', 'gives the id of the request that came last', (R) => {
    let last = '';
    return class extends R {
      override async infer(request: OipRequest) {
        last = request.id;
        const result = await super.infer(request);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { ...result, id: last };
      }
    };
  }),
  oip(
    'M-OIP-43',
    'gives contents typed beside raw',
    (R) =>
      class extends R {
        override toMessage(result: OipResult) {
          const message = super.toMessage(result);
          const contents = { boolContents: [true] };
          return { ...message, outputs: (message.outputs ?? []).map((output) => ({ ...output, contents })) };
        }
      },
  ),
  oip(
    'M-OIP-44',
    'fills raw contents to whole blocks of 64 bytes',
    (R) =>
      class extends R {
        override toRaw(tensor: RawTensor) {
          const data = super.toRaw(tensor);
          return resized(data, 64 * Math.ceil(data.byteLength / 64));
        }
      },
  ),
  {
    id: 'M-OIP-46',
    title: 'serves no version by its number',
    of: (R) =>
      class extends R {
        override find(name: string, version: string) {
          if (version !== '') throw new DeepHealthError('DH_MODEL_VERSION_NOT_FOUND', 'There is no such version.');
          return super.find(name, version);
        }
      },
  },
];
