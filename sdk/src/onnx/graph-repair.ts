import type { GraphRewrite } from '../package/manifest.js';
import type { NodeMessage, ValueInfoMessage } from './onnx-message.js';

/** A wrong export that can be mended without changing what the model was trained to compute. */
export interface GraphRepair {
  readonly kind: GraphRewrite['kind'];
  /** Name of the node or output. */
  readonly subject: string;
  /** What is wrong, as a sentence. */
  readonly problem: string;
  /** What the rewrite does, as a sentence for the manifest. */
  readonly description: string;
  /** Node of the main graph that is replaced, by its index. */
  readonly node?: { readonly index: number; readonly by: readonly NodeMessage[] };
  readonly output?: { readonly index: number; readonly by: ValueInfoMessage };
}
