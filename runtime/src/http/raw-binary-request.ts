import type { inferenceV2 } from '@deephealth/proto';
import {
  checkByteLength,
  DeepHealthError,
  ELEMENT_SIZE_BYTES,
  encodeBytesElements,
  isDataTypeName,
} from '@deephealth/sdk';
import type { InferCall, InferTarget } from './infer-request.js';

/**
 * A "raw binary request": Inference-Header-Content-Length is 0 and the body is nothing but the
 * elements of the model's only input, whose shape has at most one variable extent. Of BYTES the
 * body is one element, without its length. All outputs are answered as binary data.
 *
 * Throws DH_REQUEST_MALFORMED if the model is not of that kind, DH_TENSOR_SIZE_MISMATCH if the body
 * is no tensor of the input's type.
 */
export function rawBinaryRequest(
  target: InferTarget,
  metadata: inferenceV2.ModelMetadataResponse,
  body: Buffer,
): InferCall {
  const [input, ...others] = metadata.inputs ?? [];
  const datatype = input?.datatype ?? '';
  const name = input?.name ?? '';
  if (input === undefined || others.length > 0 || !isDataTypeName(datatype)) {
    throw unfit('that has exactly one input');
  }
  const declared = (input.shape ?? []).map((extent) => Number(String(extent)));
  const variable = declared.filter((extent) => extent < 0).length;
  const size = ELEMENT_SIZE_BYTES[datatype];
  if (size === undefined) {
    // The spec wants shape [1]; what is variable can be that.
    if (declared.some((extent) => extent > 1)) throw unfit('whose BYTES input may hold one element');
  } else if (variable > 1) throw unfit('whose input has at most one variable extent');
  const fixed = declared.reduce((product, extent) => (extent < 0 ? product : product * extent), size ?? 1);
  const open = size === undefined || fixed === 0 ? 1 : Math.floor(body.byteLength / fixed);
  const shape = declared.map((extent) => (extent < 0 ? open : extent));
  checkByteLength(name, datatype, shape, body.byteLength);
  const raw = size === undefined ? encodeBytesElements([body]) : body;
  return {
    message: {
      modelName: target.model,
      modelVersion: target.version,
      id: '',
      parameters: {},
      inputs: [{ name, datatype, shape: shape.map(String), parameters: {}, contents: null }],
      outputs: [],
      rawInputContents: [Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)],
    },
    wantsBinary: () => true,
  };
}

function unfit(which: string): DeepHealthError {
  return new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `A request with Inference-Header-Content-Length 0 is taken for a model ${which}. Send the JSON in front of the binary data.`,
    { details: { field: 'inference-header-content-length' } },
  );
}
