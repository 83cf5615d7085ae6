import { DeepHealthError } from '../errors/deephealth-error.js';
import { decodeOnnxMessage } from './decode-model.js';
import type { NodeMessage } from './onnx-message.js';
import { onnxType } from './onnx-schema.js';
import { quoteName } from './quote-name.js';

/** A bare node of EDDL holds some numbers; a file that is longer is not even looked at. */
const LONGEST_NODE_BYTES = 1024 * 1024;

const LIMITS = { depth: 4, messages: 10_000, keptElements: 8, textBytes: 65_536 };

/**
 * Refuses a file that is one NodeProto and not a ModelProto: EDDL saves optimisers (Adam, SGD, RMSProp)
 * and computing services so, and names the files `.onnx` too.
 *
 * @throws DeepHealthError DH_GRAPH_NOT_A_MODEL
 */
export function refuseBareNode(bytes: Uint8Array): void {
  // A model begins with its IR version (field 1, a number), which is a text in a node.
  if (bytes.length === 0 || bytes.length > LONGEST_NODE_BYTES || bytes[0] === 0x08) return;
  const node = decodeAsNode(bytes);
  if (node?.opType === undefined || !/^[A-Za-z][A-Za-z0-9_]*$/.test(node.opType)) return;
  throw new DeepHealthError(
    'DH_GRAPH_NOT_A_MODEL',
    `The file holds one ONNX node of the type ${quoteName(node.opType)} and no graph: the state of an optimiser or a computing service that EDDL has saved, not a network. Give the file that save_net_to_onnx_file has written.`,
    { details: { operator: node.opType.slice(0, 128) } },
  );
}

function decodeAsNode(bytes: Uint8Array): NodeMessage | undefined {
  try {
    return decodeOnnxMessage(onnxType('NodeProto'), bytes, LIMITS) as NodeMessage;
  } catch {
    return undefined;
  }
}
