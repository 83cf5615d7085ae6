import type { Manifest, TensorSpec } from './manifest.js';
import { edgesRead, edgesWritten, type NamedEdge, orderSteps } from './pipeline-graph.js';
import type { PipelineSpec, PipelineStepSpec } from './pipeline-spec.js';
import { checkPipelineTypes } from './pipeline-types.js';

/** Says what is wrong with a field, given as a JSON pointer; the sentence follows the field. */
type Say = (field: string, sentence: string) => void;

/**
 * What a schema cannot say of a pipeline: names that must exist and be unique, edges that are written
 * once and read, no cycle, and types and shapes that fit along every edge. What passes can run; what
 * only a run can tell is whether extents that may vary are equal.
 */
export function pipelineContradictions(manifest: Manifest, pipeline: PipelineSpec, say: Say): void {
  checkModels(pipeline, say);
  pipeline.steps.forEach(({ name }, index) => {
    if (pipeline.steps.findIndex((step) => step.name === name) === index) return;
    say(`/pipeline/steps/${index}/name`, `repeats the name "${name}". Names must be unique.`);
  });
  const isSound = checkEdges(manifest, pipeline, say);
  // Types say nothing where it is open which step writes an edge, or whether one does.
  if (isSound && checkCycle(pipeline, say)) checkPipelineTypes(manifest, pipeline, say);
}

function checkModels({ models, steps }: PipelineSpec, say: Say): void {
  models.forEach(({ name, onnx, tensors }, index) => {
    const at = `/pipeline/models/${index}`;
    const earlier = models.slice(0, index);
    if (earlier.some((other) => other.name === name)) {
      say(`${at}/name`, `repeats the name "${name}". Names must be unique.`);
    } else if (!steps.some((step) => 'model' in step && step.model === name)) {
      say(at, `("${name}") is run by no step. Remove it, or add a step that runs it.`);
    }
    const twin = earlier.find((other) => other.onnx.file === onnx.file);
    if (twin !== undefined) {
      say(
        `${at}/onnx/file`,
        `names the file of model "${twin.name}". Several steps may run one model: name it in each.`,
      );
    }
    for (const list of ['inputs', 'outputs'] as const) {
      tensors[list].forEach((tensor, place) => {
        const field = `${at}/tensors/${list}/${place}`;
        if (tensors[list].findIndex((other) => other.name === tensor.name) < place) {
          say(field, `repeats the name "${tensor.name}". Names must be unique.`);
        }
        checkRange(list, tensor, field, say);
      });
    }
  });
}

function checkRange(list: 'inputs' | 'outputs', { range }: TensorSpec, field: string, say: Say): void {
  if (range === undefined) return;
  if (list === 'inputs') {
    // A value out of range would be refused where it is read, as if the reader were at fault.
    say(
      `${field}/range`,
      'has no place here: ranges are checked where a value comes from. State it in /tensors/inputs, or for the output of the model that writes the edge.',
    );
  } else if (range[0] > range[1]) {
    say(`${field}/range`, 'has its lowest value above its highest. Swap them.');
  }
}

/** Every edge is written once, and read or given out. True if nothing is wrong. */
function checkEdges({ tensors }: Manifest, { steps }: PipelineSpec, say: Say): boolean {
  let isSound = true;
  const refuse: Say = (field, sentence) => {
    isSound = false;
    say(field, sentence);
  };
  const writers = new Map(tensors.inputs.map(({ name }) => [name, 'is in /tensors/inputs']));
  eachEdge(steps, edgesWritten, (edge, field, step) => {
    const writer = writers.get(edge);
    if (writer !== undefined)
      refuse(field, `names "${edge}", which ${writer}. Every edge is written once: choose another name.`);
    else writers.set(edge, `step "${step.name}" writes already`);
  });
  const read = new Set<string>();
  eachEdge(steps, edgesRead, (edge, field) => {
    read.add(edge);
    if (!writers.has(edge)) refuse(field, `names "${edge}", which is not in /tensors/inputs and written by no step.`);
  });
  tensors.outputs.forEach(({ name }, index) => {
    const isInput = tensors.inputs.some((input) => input.name === name);
    if (isInput)
      refuse(`/tensors/outputs/${index}`, `("${name}") is an input as well. An output is written by a step.`);
    else if (!writers.has(name))
      refuse(`/tensors/outputs/${index}`, `("${name}") is written by no step. Name it as the output of one.`);
    else read.add(name);
  });
  tensors.inputs.forEach(({ name }, index) => {
    if (!read.has(name))
      refuse(`/tensors/inputs/${index}`, `("${name}") is read by no step. Remove it, or feed it to one.`);
  });
  eachEdge(steps, edgesWritten, (edge, field) => {
    if (!read.has(edge))
      refuse(field, `names "${edge}", which no step reads and /tensors/outputs does not hold. Use it, or remove it.`);
  });
  return isSound;
}

function eachEdge(
  steps: readonly PipelineStepSpec[],
  edgesOf: (step: PipelineStepSpec) => NamedEdge[],
  visit: (edge: string, field: string, step: PipelineStepSpec) => void,
): void {
  steps.forEach((step, index) => {
    for (const { edge, field } of edgesOf(step)) visit(edge, `/pipeline/steps/${index}${field}`, step);
  });
}

/** Names one cycle, step by step. True if there is none. */
function checkCycle({ steps }: PipelineSpec, say: Say): boolean {
  const ordered = new Set(orderSteps(steps));
  const stuck = steps.filter((step) => !ordered.has(step));
  const [start] = stuck;
  if (start === undefined) return true;
  // Each stuck step waits for another one, so following them comes round.
  const path = [start];
  for (;;) {
    const reads = edgesRead(path.at(-1) as PipelineStepSpec).map(({ edge }) => edge);
    const next = stuck.find((step) => edgesWritten(step).some(({ edge }) => reads.includes(edge))) as PipelineStepSpec;
    const isRound = path.includes(next);
    path.push(next);
    if (isRound) break;
  }
  const round = path.slice(path.indexOf(path.at(-1) as PipelineStepSpec)).map(({ name }) => `"${name}"`);
  say(
    `/pipeline/steps/${steps.indexOf(path.at(-1) as PipelineStepSpec)}`,
    `is in a cycle: ${round.join(' waits for ')}. Break it.`,
  );
  return false;
}
