import type { runtimeV1 } from '@deephealth/proto';
import { lengthTag, varintTag, WireReader } from '../wire/wire-reader.js';

type Request = runtimeV1.PredictRequest__Output;
type Item = runtimeV1.PredictStreamRequest__Output;
type Tensor = runtimeV1.Tensor__Output;

const PRIORITIES = ['PRIORITY_UNSPECIFIED', 'PRIORITY_BATCH', 'PRIORITY_ROUTINE', 'PRIORITY_STAT'] as const;
const DATA_TYPES = [
  ...['DATA_TYPE_UNSPECIFIED', 'DATA_TYPE_BOOL', 'DATA_TYPE_UINT8', 'DATA_TYPE_UINT16', 'DATA_TYPE_UINT32'],
  ...['DATA_TYPE_UINT64', 'DATA_TYPE_INT8', 'DATA_TYPE_INT16', 'DATA_TYPE_INT32', 'DATA_TYPE_INT64'],
  ...['DATA_TYPE_FP16', 'DATA_TYPE_FP32', 'DATA_TYPE_FP64', 'DATA_TYPE_BYTES', 'DATA_TYPE_BF16'],
] as readonly Tensor['dataType'][];

/**
 * Decodes PredictRequest as the general decoder does. Only requests whose inputs are tensors are read
 * here; every other one, above all one that is wrong, is left to `general`.
 */
export function predictRequestDecoder(general: (bytes: Buffer) => Request): (bytes: Buffer) => Request {
  return (bytes) => decodeRequest(new WireReader(bytes)) ?? general(bytes);
}

/** The same of PredictStreamRequest. */
export function predictStreamRequestDecoder(general: (bytes: Buffer) => Item): (bytes: Buffer) => Item {
  return (bytes) => decodeItem(new WireReader(bytes)) ?? general(bytes);
}

function decodeItem(reader: WireReader): Item | undefined {
  let itemId = '';
  let request: Request | null = null;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === lengthTag(1)) {
      const text = reader.text();
      if (text === undefined) return undefined;
      itemId = text;
    } else if (tag === lengthTag(2) && request === null) {
      const content = reader.message();
      const decoded = content && decodeRequest(content);
      if (decoded === undefined) return undefined;
      request = decoded;
    } else {
      return undefined;
    }
  }
  return { itemId, request };
}

function decodeRequest(reader: WireReader): Request | undefined {
  const texts = ['', '', '', '', ''];
  const inputs: Request['inputs'] = [];
  const outputs: string[] = [];
  let priority: Request['priority'] = 'PRIORITY_UNSPECIFIED';
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    switch (tag) {
      case lengthTag(1):
      case lengthTag(2):
      case lengthTag(3):
      case lengthTag(4):
        if (!reader.textInto(texts, tag >> 3)) return undefined;
        break;
      case lengthTag(5): {
        const content = reader.message();
        const input = content && decodeInput(content);
        if (input === undefined) return undefined;
        inputs.push(input);
        break;
      }
      case lengthTag(6):
        if (!reader.textInto(outputs, outputs.length)) return undefined;
        break;
      case varintTag(7): {
        const known = PRIORITIES[reader.varint() ?? -1];
        if (known === undefined) return undefined;
        priority = known;
        break;
      }
      default:
        return undefined;
    }
  }
  const [, requestId, modelName, modelVersion, expectedPackageSha256] = texts as [
    ...[string, string, string, string, string],
  ];
  return {
    inputs,
    outputs,
    requestId,
    modelName,
    modelVersion,
    expectedPackageSha256,
    priority,
    sequenceContext: null,
    highlights: [],
  };
}

function decodeInput(reader: WireReader): Request['inputs'][number] | undefined {
  let name = '';
  let tensor: Tensor | undefined;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    if (tag === lengthTag(1)) {
      const text = reader.text();
      if (text === undefined) return undefined;
      name = text;
    } else if (tag === lengthTag(2) && tensor === undefined) {
      const content = reader.message();
      tensor = content && decodeTensor(content);
      if (tensor === undefined) return undefined;
    } else {
      return undefined;
    }
  }
  return tensor && { name, tensor, value: 'tensor' };
}

function decodeTensor(reader: WireReader): Tensor | undefined {
  let dataType = DATA_TYPES[0] as Tensor['dataType'];
  const shape: string[] = [];
  let data: Buffer | undefined;
  while (!reader.isAtEnd) {
    switch (reader.varint()) {
      case varintTag(1): {
        const known = DATA_TYPES[reader.varint() ?? -1];
        if (known === undefined) return undefined;
        dataType = known;
        break;
      }
      case varintTag(2):
        if (!reader.integerInto(shape)) return undefined;
        break;
      case lengthTag(2):
        if (!reader.integersInto(shape)) return undefined;
        break;
      case lengthTag(3):
        data = reader.raw();
        if (data === undefined) return undefined;
        break;
      default:
        return undefined;
    }
  }
  return { shape, dataType, data: data ?? Buffer.alloc(0) };
}
