import { errorFinding, type GraphFinding, warningFinding } from './graph-finding.js';
import type { GraphNode, GraphValue, OnnxGraph } from './onnx-graph.js';
import { quoteName } from './quote-name.js';
import { walkNodes, walkSubgraphs } from './walk-graph.js';

const KIND_TEXT: Readonly<Record<GraphValue['kind'], string>> = {
  tensor: 'a tensor',
  sequence: 'a sequence',
  map: 'a map',
  optional: 'an optional value',
  unknown: 'of a type that is not stated or not a tensor',
};

/** Finds outputs that are maps, sequences or optional values; only tensors can be served. */
export function checkOutputKinds({ outputs, nodes }: OnnxGraph): GraphFinding[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return outputs
    .filter(({ kind }) => kind !== 'tensor')
    .map(({ name, kind }) => {
      const maker = makers.get(name);
      return errorFinding(
        'DH_GRAPH_OUTPUT_NOT_TENSOR',
        name,
        `The output ${quoteName(name)} is ${KIND_TEXT[kind]}${maker === undefined ? '' : ` made by ${maker.opType}`}, not a tensor.`,
        tensorInstead(maker, kind),
      );
    });
}

/** What to serve in the place of an output that is no tensor: the tensors that it is made of, if they are named. */
function tensorInstead(maker: GraphNode | undefined, kind: GraphValue['kind']): string {
  const parts = (maker?.inputs ?? [])
    .filter((name) => name !== '')
    .slice(0, 3)
    .map(quoteName)
    .join(', ');
  if (maker?.opType === 'ZipMap') {
    return `Run deephealth init --repair, which gives the tensor ${parts} that ZipMap reads instead, or export the classifier with zipmap off: options={'zipmap': False} in skl2onnx.`;
  }
  if (maker?.opType === 'SequenceConstruct') {
    return `Export the model with the tensors that it collects as outputs, ${parts}, instead of the sequence.`;
  }
  return kind === 'sequence' || kind === 'map'
    ? "Export the model so that each output is a tensor; a classifier with zipmap off: options={'zipmap': False} in skl2onnx."
    : 'Export the model so that each output is a tensor.';
}

/** Finds inputs that are not tensors. */
export function checkInputKinds({ inputs }: OnnxGraph): GraphFinding[] {
  return inputs
    .filter(({ kind }) => kind !== 'tensor')
    .map(({ name, kind }) =>
      errorFinding(
        'DH_GRAPH_UNSUPPORTED',
        name,
        `The input ${quoteName(name)} is ${KIND_TEXT[kind]}, not a tensor.`,
        'Export the model so that each input is a tensor.',
      ),
    );
}

/** Finds inputs and outputs whose elements the contract cannot carry: complex, 8 and 4 bit floats. */
export function checkElementTypes({ inputs, outputs }: OnnxGraph): GraphFinding[] {
  return [...inputs, ...outputs]
    .filter(({ kind, dataType }) => kind === 'tensor' && dataType === undefined)
    .map(({ name, elementType }) =>
      errorFinding(
        'DH_GRAPH_UNSUPPORTED',
        name,
        `The tensor ${quoteName(name)} has elements of ${elementType}, which requests cannot carry.`,
        'Cast it to a common type, such as FLOAT, before you export the model.',
      ),
    );
}

/** Finds varying extents without a name, of which nobody knows whether two are equal. */
export function checkUnnamedExtents({ inputs, outputs }: OnnxGraph): GraphFinding[] {
  return [...inputs, ...outputs]
    .filter(({ kind, shape }) => kind === 'tensor' && (shape === undefined || shape.includes(undefined)))
    .map(({ name, shape }) =>
      warningFinding(
        'DH_MANIFEST_GRAPH_MISMATCH',
        name,
        shape === undefined
          ? `The tensor ${quoteName(name)} states no shape, not even its rank.`
          : `The tensor ${quoteName(name)} has varying extents without a name.`,
        'Name the varying extents at export (dynamic_axes), and check the shape in the manifest.',
      ),
    );
}

/** Finds inputs whose first extent is fixed, so that requests cannot share a run. */
export function checkFixedBatch({ inputs }: OnnxGraph): GraphFinding[] {
  return inputs
    .filter(({ shape }) => shape !== undefined && shape.length >= 2 && typeof shape[0] === 'number')
    .map(({ name, shape }) =>
      warningFinding(
        'DH_TENSOR_SHAPE_MISMATCH',
        name,
        `The first extent of the input ${quoteName(name)} is fixed at ${shape?.[0]}; if it is the batch, each run takes exactly that many items.`,
        'Export the model with a named varying first extent if it can take batches.',
      ),
    );
}

/** Finds inputs that no node reads; a sign of a wrong export. */
export function checkUnusedInputs(graph: OnnxGraph): GraphFinding[] {
  const used = new Set(graph.outputs.map(({ name }) => name));
  for (const { inputs } of walkNodes(graph)) for (const name of inputs) used.add(name);
  for (const { outputNames } of walkSubgraphs(graph)) for (const name of outputNames) used.add(name);
  return graph.inputs
    .filter(({ name }) => !used.has(name))
    .map(({ name }) =>
      warningFinding(
        'DH_GRAPH_UNSUPPORTED',
        name,
        `No node reads the input ${quoteName(name)}, so it has no influence on the result.`,
        'Check that the right model was exported; remove the input if it is not needed.',
      ),
    );
}
