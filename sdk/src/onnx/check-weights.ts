import { type DecodeLimits, decodeOnnxModel } from './decode-model.js';
import { onnxElementTypeName } from './element-type.js';
import { errorFinding, type GraphFinding, warningFinding } from './graph-finding.js';
import type { TensorMessage } from './onnx-message.js';
import { quoteName } from './quote-name.js';
import { type TensorBytes, tensorBytes } from './tensor-bytes.js';
import { walkTensors } from './walk-tensors.js';

/**
 * Finds constants that hold NaN (an error: every result would be NaN) or infinities (a warning: masks of
 * attention hold them on purpose). Reads every weight once; a constant whose bytes are not there is left out.
 *
 * @param externalFiles content of the external data files by their location
 * @throws DeepHealthError DH_GRAPH_MALFORMED as `readOnnxGraph`
 */
export function checkWeights(
  bytes: Uint8Array,
  externalFiles: ReadonlyMap<string, Uint8Array> = new Map(),
  limits?: DecodeLimits,
): GraphFinding[] {
  const findings: GraphFinding[] = [];
  for (const tensor of walkTensors(decodeOnnxModel(bytes, limits))) {
    const found = tensorBytes(tensor, externalFiles);
    if (found === undefined) continue;
    const { nan, infinite } = countNotFinite(tensor.dataType ?? 0, found);
    if (nan + infinite > 0) findings.push(notFinite(tensor, nan, infinite));
  }
  return findings;
}

function notFinite({ name = '', dataType = 0 }: TensorMessage, nan: number, infinite: number): GraphFinding {
  const counts = [nan > 0 && `${nan} NaN`, infinite > 0 && `${infinite} infinite`].filter(Boolean).join(' and ');
  const message = `The constant ${quoteName(name)} (${onnxElementTypeName(dataType)}) holds ${counts} values.`;
  if (nan === 0) {
    return warningFinding(
      'DH_GRAPH_WEIGHTS_NOT_FINITE',
      name,
      message,
      'Check that it is a mask; infinite weights are a sign of training that diverged.',
    );
  }
  return errorFinding(
    'DH_GRAPH_WEIGHTS_NOT_FINITE',
    name,
    message,
    'Take a checkpoint from before the training diverged, or copy the file again, and export it.',
  );
}

/** Exponent bits all set: infinite, or NaN if a bit of the fraction is set too. */
const FORMATS: ReadonlyMap<number, { readonly size: 2 | 4 | 8; readonly exponent: number; readonly fraction: number }> =
  new Map([
    [1, { size: 4, exponent: 0x7f800000, fraction: 0x007fffff }],
    [10, { size: 2, exponent: 0x7c00, fraction: 0x03ff }],
    [11, { size: 8, exponent: 0x7ff00000, fraction: 0x000fffff }],
    [16, { size: 2, exponent: 0x7f80, fraction: 0x007f }],
  ]);

function countNotFinite(elementType: number, chunks: TensorBytes): { nan: number; infinite: number } {
  const counts = { nan: 0, infinite: 0 };
  const format = FORMATS.get(elementType);
  if (format === undefined) return counts;
  const { size, exponent, fraction } = format;
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at + size <= chunk.byteLength; at += size) {
      // Of FP64, the upper half has the exponent.
      const word = size === 2 ? view.getUint16(at, true) : view.getUint32(at + size - 4, true);
      if ((word & exponent) !== exponent) continue;
      const isNan = (word & fraction) !== 0 || (size === 8 && view.getUint32(at, true) !== 0);
      if (isNan) counts.nan += 1;
      else counts.infinite += 1;
    }
  }
  return counts;
}
