import type { ErrorCode } from '../errors/catalog.js';
import { type GraphFinding, warningFinding } from './graph-finding.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { walkNodes } from './walk-graph.js';

interface OperatorNote {
  readonly applies?: (node: GraphNode) => boolean;
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
}

const COUPLES_ITEMS = {
  code: 'DH_GRAPH_COUPLES_ITEMS',
  fix: 'Keep batching off for this model, or export it without this operator.',
} as const;

const DRAWS_NUMBERS: OperatorNote = {
  code: 'DH_MODEL_NOT_DETERMINISTIC',
  message: 'draws random numbers, so that the same input gives different results',
  fix: 'Export the model in inference mode, or set execution.deterministic to false in the manifest.',
};

/** Operators of the default domain whose behaviour a person should know of before they serve. */
const NOTES: ReadonlyMap<string, OperatorNote> = new Map<string, OperatorNote>([
  [
    'DynamicQuantizeLinear',
    {
      ...COUPLES_ITEMS,
      message: 'takes one scale from the whole batch, so that the result of an item depends on the items beside it',
    },
  ],
  [
    'BatchNormalization',
    {
      ...COUPLES_ITEMS,
      applies: ({ integers }) => integers.get('training_mode')?.[0] === 1,
      message:
        'is in training mode and normalises over the batch, so that the result of an item depends on the items beside it',
      fix: 'Export the model in inference mode.',
    },
  ],
  [
    'Loop',
    {
      code: 'DH_MODEL_RUN_TIMEOUT',
      message: 'repeats a body as often as data say, and may never end',
      fix: 'Set resources.runTimeoutMs in the manifest to what the slowest allowed input needs.',
    },
  ],
  ['RandomNormal', DRAWS_NUMBERS],
  ['RandomNormalLike', DRAWS_NUMBERS],
  ['RandomUniform', DRAWS_NUMBERS],
  ['RandomUniformLike', DRAWS_NUMBERS],
  ['Multinomial', DRAWS_NUMBERS],
  ['Bernoulli', DRAWS_NUMBERS],
]);

/** Finds operators that couple batch items, draw random numbers or may never end. */
export function checkOperatorBehaviour(graph: OnnxGraph): GraphFinding[] {
  const findings: GraphFinding[] = [];
  for (const node of walkNodes(graph)) {
    const note = node.domain === '' ? NOTES.get(node.opType) : undefined;
    if (note === undefined || note.applies?.(node) === false) continue;
    findings.push(warningFinding(note.code, nodeSubject(node), `The ${describeNode(node)} ${note.message}.`, note.fix));
  }
  return findings;
}
