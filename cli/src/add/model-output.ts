import { DeepHealthError, draftManifest, type GraphNode, type GraphValue, type OnnxGraph } from '@deephealth/sdk';
import type { Inquiry } from './inquiry.js';

/** What the numbers of the output are. */
export type OutputMeaning = 'probabilities' | 'logits' | 'number';

/** The tensor that is read, and what the graph says of it. */
export interface ModelOutput {
  readonly tensor: string;
  /** Numbers for each item. */
  readonly width: number;
  /** Known from the operator that makes it; else it has to be found out. */
  readonly meaning?: OutputMeaning;
  /** Labels in tensor order, where the graph holds them. */
  readonly classes?: readonly string[];
}

/** Operators that end in a number that was learned, not in a probability. */
const REGRESSORS = ['LinearRegressor', 'TreeEnsembleRegressor', 'SVMRegressor'];
const CLASSIFIERS = ['LinearClassifier', 'TreeEnsembleClassifier', 'SVMClassifier'];

/**
 * Finds the output with one row of numbers for each item.
 *
 * @throws DH_ADD_NOT_POSSIBLE for masks, maps, sequences and several labels at once, which a table of labels says
 * nothing of
 */
export function findModelOutput(graph: OnnxGraph, inquiry: Inquiry): ModelOutput | undefined {
  const identity = { name: 'probe', version: '1.0.0', onnxFile: 'model.onnx', onnxSha256: '0'.repeat(64) };
  const drafted = draftManifest(graph, { ...identity, image: {} }).outputs;
  const rows = graph.outputs.filter((value) => widthOf(value) !== undefined);
  if (rows.length === 0) {
    throw notPossible(
      'Its outputs are no rows of numbers of FP32, one for each item: masks, maps, events and texts need a manifest that says what they mean',
    );
  }
  const classified = rows.filter((value) => kindOf(drafted, value)?.kind === 'classification');
  const candidates = classified.length === 1 ? classified : rows;
  const value = candidates.length === 1 ? (candidates[0] as GraphValue) : askTensor(candidates, inquiry);
  if (value === undefined) return undefined;
  const width = widthOf(value) as number;
  const guess = kindOf(drafted, value);
  const classes = classLabels(graph);
  if (guess?.kind !== 'classification') {
    const maker = graph.nodes.find(({ outputs }) => outputs.includes(value.name));
    const isNumber = maker !== undefined && REGRESSORS.includes(maker.opType);
    const isClassifier = maker !== undefined && CLASSIFIERS.includes(maker.opType);
    const withClasses = isClassifier && classes?.length === width ? { classes } : {};
    return { tensor: value.name, width, ...(isNumber ? { meaning: 'number' as const } : {}), ...withClasses };
  }
  if (guess.mode === 'multilabel') {
    throw notPossible(
      `Its output "${value.name}" gives ${width} probabilities that do not exclude each other, and a sample has one label`,
    );
  }
  inquiry.infer('output.meaning', 'probabilities', 'stated', `The last operator of "${value.name}" gives them.`);
  return {
    tensor: value.name,
    width,
    meaning: 'probabilities',
    ...(classes?.length === Math.max(width, 2) ? { classes } : {}),
  };
}

function kindOf(drafted: ReturnType<typeof draftManifest>['outputs'], value: GraphValue) {
  return drafted.find(({ from }) => from === value.name);
}

/** Numbers of an item, where the tensor is one row for each. */
function widthOf({ dataType, shape }: GraphValue): number | undefined {
  if (dataType !== 'FP32' || shape === undefined || shape.length > 2 || shape.length === 0) return undefined;
  const [batch, width] = shape.length === 2 ? shape : [shape[0], 1];
  if (typeof batch === 'number' && batch !== 1) return undefined;
  return typeof width === 'number' && width > 0 ? width : undefined;
}

function askTensor(values: readonly GraphValue[], inquiry: Inquiry): GraphValue | undefined {
  const names = values.map(({ name }) => name);
  const answer = inquiry.ask({
    id: 'output.tensor',
    ask: 'Which output of the graph is the answer of the model?',
    why: `The graph has ${names.length} that could be.`,
    takes: 'text',
    options: names,
    isRequired: true,
  });
  return values.find(({ name }) => name === answer);
}

/** Whole-number labels that skl2onnx writes into the classifier itself. */
function classLabels({ nodes }: OnnxGraph): string[] | undefined {
  const labelled = nodes.flatMap((node: GraphNode) => {
    const labels = node.integers.get('classlabels_ints') ?? node.integers.get('classlabels_int64s');
    return labels === undefined || labels.length < 2 ? [] : [labels.map(String)];
  });
  return labelled.length === 1 ? labelled[0] : undefined;
}

export function notPossible(why: string): DeepHealthError {
  return new DeepHealthError(
    'DH_ADD_NOT_POSSIBLE',
    `${why}. Draft a package with deephealth init, and complete it by hand.`,
  );
}
