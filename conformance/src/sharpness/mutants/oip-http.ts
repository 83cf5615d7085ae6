import { isFloatingPoint, type RawTensor, tensorValues } from '@deephealth/sdk';
import type { OipJson } from '../../reference/oip/oip-json.js';
import type { OipReference } from '../../reference/oip/oip-reference.js';
import type { Mutant } from './mutant.js';

type Json = typeof OipJson;

const same: Mutant['of'] = (Reference) => Reference;

function json(id: string, title: string, change: (Reference: Json) => Json): Mutant {
  return { id, title, of: same, json: change };
}

/** Elements of outputs in JSON, changed. */
const elements = (change: (element: unknown, tensor: RawTensor) => unknown) => (R: Json) =>
  class extends R {
    override elements(tensor: RawTensor) {
      return super.elements(tensor).map((element) => change(element, tensor));
    }
  };

const refuses = (change: (refusal: ReturnType<OipReference['httpFailure']>) => object): NonNullable<Mutant['oip']> => {
  return (R) =>
    class extends R {
      override httpFailure(thrown: unknown) {
        const refusal = super.httpFailure(thrown);
        return { ...refusal, ...change(refusal) };
      }
    };
};

/** Where the JSON at the start of a body ends. */
function jsonEnd(body: Buffer): number {
  let depth = 0;
  for (const [at, byte] of body.entries()) {
    if (byte === 0x7b) depth += 1;
    if (byte === 0x7d) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return body.byteLength;
}

/** What a server may get wrong over HTTP only. */
export const OIP_HTTP_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-OIP-51',
    title: 'has nothing to say about health but the status',
    of: same,
    oip: (R) =>
      class extends R {
        override healthBody() {
          return {};
        }
      },
  },
  {
    id: 'M-OIP-52',
    title: 'lists no extensions, not even none',
    of: same,
    oip: (R) =>
      class extends R {
        override serverMetadata() {
          const { extensions: _, ...rest } = super.serverMetadata();
          return rest as ReturnType<OipReference['serverMetadata']>;
        }
      },
  },
  {
    id: 'M-OIP-53',
    title: 'calls the text of an error "detail"',
    of: same,
    oip: refuses(({ body }) => ({ body: JSON.stringify({ detail: JSON.parse(body).error }) })),
  },
  { id: 'M-OIP-54', title: 'gives errors with status 200', of: same, oip: refuses(() => ({ status: 200 })) },
  json(
    'M-OIP-55',
    'gives floats as texts',
    elements((element, { dataType }) => (isFloatingPoint(dataType) ? String(element) : element)),
  ),
  json(
    'M-OIP-56',
    'loses the sign of whole numbers',
    elements((element, { dataType }) => (/^INT/.test(dataType) && Number(element) < 0 ? -Number(element) : element)),
  ),
  json(
    'M-OIP-57',
    'writes whole numbers as doubles',
    elements((element) => (typeof element === 'bigint' ? BigInt(Number(element)) : element)),
  ),
  json(
    'M-OIP-58',
    'writes texts as base64',
    elements((element) => (typeof element === 'string' ? Buffer.from(element).toString('base64') : element)),
  ),
  json(
    'M-OIP-59',
    'takes flat data only',
    (R) =>
      class extends R {
        override readInput(input: Record<string, unknown>) {
          const { data } = input;
          return super.readInput({ ...input, data: Array.isArray(data) && data.some(Array.isArray) ? [] : data });
        }
      },
  ),
  json(
    'M-OIP-61',
    'gives JSON as text',
    (R) =>
      class extends R {
        override write(...parameters: Parameters<OipJson['write']>) {
          const reply = super.write(...parameters);
          return { ...reply, headers: { ...reply.headers, 'content-type': 'text/plain' } };
        }
      },
  ),
  { id: 'M-OIP-62', title: 'takes every fault upon itself', of: same, oip: refuses(() => ({ status: 500 })) },
  json(
    'M-OIP-63',
    'mends broken JSON',
    (R) =>
      class extends R {
        override parse(text: string) {
          try {
            return super.parse(text);
          } catch {
            return super.parse(`${text}}`);
          }
        }
      },
  ),
  json(
    'M-OIP-64',
    'needs no inputs',
    (R) =>
      class extends R {
        override parse(text: string) {
          return { inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [0] }], ...super.parse(text) };
        }
      },
  ),
  json(
    'M-OIP-65',
    'writes what is no number as null',
    (R) =>
      class extends R {
        override parse(text: string) {
          return super.parse(text.replaceAll('NaN', '1e39'));
        }
        override readInput(input: Record<string, unknown>) {
          const data = (input.data as unknown[]).map((one) => (one === 1e39 ? Number.POSITIVE_INFINITY : one));
          return super.readInput({ ...input, data });
        }
        override checkFinite() {
          // JSON.stringify makes null of it.
        }
      },
  ),
  json(
    'M-OIP-67',
    'finds every path and method well',
    (R) =>
      class extends R {
        override notOffered(code: 404 | 405) {
          return { ...super.notOffered(code), status: 200 };
        }
      },
  ),
  json(
    'M-OIP-70',
    'takes binary data big-endian',
    (R) =>
      class extends R {
        override binaryInput(data: Uint8Array) {
          return Buffer.from(data).swap32();
        }
      },
  ),
  json(
    'M-OIP-71',
    'gives JSON, whatever was asked for',
    (R) =>
      class extends R {
        override write(...[result]: Parameters<OipJson['write']>) {
          return super.write(result, () => false);
        }
        override elements(tensor: RawTensor) {
          return tensorValues(tensor).map((one) => (Number.isFinite(one) ? one : 0));
        }
      },
  ),
  json(
    'M-OIP-72',
    'finds the end of the JSON by itself',
    (R) =>
      class extends R {
        override read(...[model, version, body, header]: Parameters<OipJson['read']>) {
          return super.read(model, version, body, header === undefined ? undefined : jsonEnd(body));
        }
      },
  ),
];
