import type { inferenceV2 } from '@deephealth/proto';
import { lengthTag, varintTag, WireReader } from '../wire/wire-reader.js';
import { fieldSize, textSize, varintSize, WireWriter } from '../wire/wire-writer.js';

type Request = inferenceV2.ModelInferRequest__Output;
type Response = inferenceV2.ModelInferResponse;
type OutputTensor = NonNullable<Response['outputs']>[number];
type General<T> = (message: T) => Buffer;

const NO_CONTENT = Buffer.alloc(0);

/** Parameters that never change, encoded; such an object is frozen. */
const encodedParameters = new WeakMap<object, Buffer>();

/**
 * Encodes ModelInferResponse as protobuf does. By hand, because most of the time of a small answer
 * went into copying it from one object to another first. What is not plain is left to `general`.
 */
export function inferResponseEncoder(general: General<Response>): General<Response> {
  return (response) => {
    const parts = partsOf(response);
    if (parts === undefined) return general(response);
    const writer = new WireWriter(sizeOf(response, parts));
    write(writer, response, parts);
    return writer.finish();
  };
}

/** The same of ModelStreamInferResponse. */
export function streamResponseEncoder(
  general: General<inferenceV2.ModelStreamInferResponse>,
): General<inferenceV2.ModelStreamInferResponse> {
  return (message) => {
    const { errorMessage = '', inferResponse } = message;
    const parts = inferResponse ? partsOf(inferResponse) : undefined;
    if (parts === undefined || errorMessage !== '') return general(message);
    const response = inferResponse as Response;
    const size = sizeOf(response, parts);
    const writer = new WireWriter(fieldSize(size));
    writer.head(2, size);
    write(writer, response, parts);
    return writer.finish();
  };
}

interface Parts {
  readonly parameters: Buffer;
  readonly tensors: readonly { readonly name: string; readonly datatype: string; readonly shape: Buffer }[];
}

function partsOf({ parameters = {}, outputs = [] }: Response): Parts | undefined {
  const encoded = encodedParameters.get(parameters) ?? encodeParameters(parameters);
  if (encoded === undefined) return undefined;
  const tensors = [];
  for (const output of outputs) {
    const tensor = tensorOf(output);
    if (tensor === undefined) return undefined;
    tensors.push(tensor);
  }
  return { parameters: encoded, tensors };
}

function encodeParameters(parameters: NonNullable<Response['parameters']>): Buffer | undefined {
  const entries: Buffer[] = [];
  for (const name in parameters) {
    const entry = entryOf(name, parameters[name] as inferenceV2.InferParameter);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  const bytes = Buffer.concat(entries);
  if (Object.isFrozen(parameters)) encodedParameters.set(parameters, bytes);
  return bytes;
}

/** One entry of the map, its head included: of a text or a number that is not negative. */
function entryOf(name: string, parameter: inferenceV2.InferParameter): Buffer | undefined {
  const { stringParam, int64Param } = parameter;
  let value: Buffer;
  if (typeof stringParam === 'string') {
    // The choice is written though its value may be the default.
    const writer = new WireWriter(fieldSize(Buffer.byteLength(stringParam)));
    if (stringParam === '') writer.head(3, 0);
    else writer.text(3, stringParam);
    value = writer.finish();
  } else if (typeof int64Param === 'number' && Number.isSafeInteger(int64Param) && int64Param > 0) {
    const writer = new WireWriter(1 + varintSize(int64Param));
    writer.integer(2, int64Param);
    value = writer.finish();
  } else {
    return undefined;
  }
  const size = textSize(name) + fieldSize(value.length);
  const writer = new WireWriter(fieldSize(size));
  writer.head(4, size);
  writer.text(1, name);
  writer.raw(2, value);
  return writer.finish();
}

function tensorOf({ name = '', datatype = '', shape = [], parameters, contents }: OutputTensor) {
  if (parameters !== undefined || contents) return undefined;
  let size = 0;
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isSafeInteger(extent) || extent < 0) return undefined;
    size += varintSize(extent);
  }
  const writer = new WireWriter(size);
  for (const extent of shape) writer.varint(extent as number);
  return { name, datatype, shape: writer.finish() };
}

function tensorSize({ name, datatype, shape }: Parts['tensors'][number]): number {
  return textSize(name) + textSize(datatype) + (shape.length === 0 ? 0 : fieldSize(shape.length));
}

function sizeOf(response: Response, { parameters, tensors }: Parts): number {
  let size = textSize(response.modelName ?? '') + textSize(response.modelVersion ?? '') + textSize(response.id ?? '');
  size += parameters.length;
  for (const tensor of tensors) size += fieldSize(tensorSize(tensor));
  for (const raw of response.rawOutputContents ?? []) size += fieldSize((raw as Buffer).length);
  return size;
}

function write(writer: WireWriter, response: Response, { parameters, tensors }: Parts): void {
  writer.text(1, response.modelName ?? '');
  writer.text(2, response.modelVersion ?? '');
  writer.text(3, response.id ?? '');
  writer.append(parameters);
  for (const tensor of tensors) {
    writer.head(5, tensorSize(tensor));
    writer.text(1, tensor.name);
    writer.text(2, tensor.datatype);
    if (tensor.shape.length > 0) writer.raw(3, tensor.shape);
  }
  for (const raw of response.rawOutputContents ?? []) writer.raw(6, raw as Buffer);
}

/**
 * Decodes ModelInferRequest as the general decoder does. Only the plain form is read here, tensors in
 * raw contents and no parameters; everything else, above all what is wrong, is left to `general`.
 */
export function inferRequestDecoder(general: (bytes: Buffer) => Request): (bytes: Buffer) => Request {
  return (bytes) => decodePlain(bytes) ?? general(bytes);
}

function decodePlain(bytes: Buffer): Request | undefined {
  const reader = new WireReader(bytes);
  const texts = ['', '', '', ''];
  const inputs: Request['inputs'] = [];
  const outputs: Request['outputs'] = [];
  const rawInputContents: Buffer[] = [];
  while (!reader.isAtEnd) {
    switch (reader.varint()) {
      case lengthTag(1):
        if (!reader.textInto(texts, 1)) return undefined;
        break;
      case lengthTag(2):
        if (!reader.textInto(texts, 2)) return undefined;
        break;
      case lengthTag(3):
        if (!reader.textInto(texts, 3)) return undefined;
        break;
      case lengthTag(5): {
        const content = reader.message();
        const input = content && decodeInput(content);
        if (input === undefined) return undefined;
        inputs.push(input);
        break;
      }
      case lengthTag(6): {
        const content = reader.message();
        const output = content && decodeOutput(content);
        if (output === undefined) return undefined;
        outputs.push(output);
        break;
      }
      case lengthTag(7): {
        const raw = reader.raw();
        if (raw === undefined) return undefined;
        rawInputContents.push(raw.length === 0 ? NO_CONTENT : raw);
        break;
      }
      default:
        return undefined;
    }
  }
  const [, modelName, modelVersion, id] = texts as [string, string, string, string];
  return { inputs, outputs, rawInputContents, parameters: {}, modelName, modelVersion, id };
}

function decodeInput(reader: WireReader): Request['inputs'][number] | undefined {
  const texts = ['', '', ''];
  const shape: string[] = [];
  while (!reader.isAtEnd) {
    switch (reader.varint()) {
      case lengthTag(1):
        if (!reader.textInto(texts, 1)) return undefined;
        break;
      case lengthTag(2):
        if (!reader.textInto(texts, 2)) return undefined;
        break;
      case varintTag(3):
        if (!reader.integerInto(shape)) return undefined;
        break;
      case lengthTag(3):
        if (!reader.integersInto(shape)) return undefined;
        break;
      default:
        return undefined;
    }
  }
  const [, name, datatype] = texts as [string, string, string];
  return { shape, parameters: {}, name, datatype, contents: null };
}

function decodeOutput(reader: WireReader): Request['outputs'][number] | undefined {
  let name: string | undefined = '';
  while (!reader.isAtEnd) {
    if (reader.varint() !== lengthTag(1)) return undefined;
    name = reader.text();
    if (name === undefined) return undefined;
  }
  return { parameters: {}, name };
}
