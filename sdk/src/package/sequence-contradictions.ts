import type { Manifest, SequenceSpec, TensorSpec } from './manifest.js';

/** What contradicts itself in `/sequence`: state that no tensor holds, or that does not fit back in. */
export function sequenceContradictions(
  manifest: Manifest,
  sequence: SequenceSpec,
  say: (field: string, sentence: string) => void,
): void {
  if (manifest.remote !== undefined) {
    say('/sequence', 'cannot go with /remote: this runtime does not hold the state of another server. Remove one.');
  }
  const { inputs, outputs } = manifest.tensors;
  sequence.state.forEach((state, index) => {
    const field = `/sequence/state/${index}`;
    const earlier = sequence.state.slice(0, index);
    const input = inputs.find(({ name }) => name === state.input);
    const output = outputs.find(({ name }) => name === state.output);
    if (input === undefined) say(`${field}/input`, `names "${state.input}", which is not in /tensors/inputs.`);
    if (output === undefined) say(`${field}/output`, `names "${state.output}", which is not in /tensors/outputs.`);
    if (earlier.some((other) => other.input === state.input)) {
      say(`${field}/input`, `names "${state.input}" a second time. Each state input is set once.`);
    }
    if (earlier.some((other) => other.output === state.output)) {
      say(`${field}/output`, `names "${state.output}" a second time. Each state output goes to one input.`);
    }
    const feeding = manifest.inputs.find(({ feeds }) => feeds === state.input);
    if (feeding !== undefined) {
      say(`${field}/input`, `names "${state.input}", which input "${feeding.name}" feeds. State comes from no caller.`);
    }
    if (input !== undefined) checkStart(input, field, say);
    if (input !== undefined && output !== undefined) checkFit(input, output, field, say);
  });
}

/** A sequence starts from zeros. */
function checkStart(input: TensorSpec, field: string, say: (field: string, sentence: string) => void): void {
  if (input.dataType === 'BYTES') say(`${field}/input`, `names "${input.name}", which is BYTES. State is numbers.`);
  const { range } = input;
  if (range !== undefined && range[0] <= range[1] && (range[0] > 0 || range[1] < 0)) {
    say(`${field}/input`, `names "${input.name}", whose range leaves out 0, where every sequence starts. Widen it.`);
  }
}

function checkFit(
  input: TensorSpec,
  output: TensorSpec,
  field: string,
  say: (field: string, sentence: string) => void,
): void {
  if (output.dataType !== input.dataType) {
    say(
      `${field}/output`,
      `names "${output.name}", which is ${output.dataType}; the input "${input.name}" takes ${input.dataType}.`,
    );
  }
  const fits =
    output.shape.length === input.shape.length &&
    output.shape.every((extent, axis) => extent === -1 || input.shape[axis] === -1 || extent === input.shape[axis]);
  if (!fits) {
    say(
      `${field}/output`,
      `names "${output.name}" with the shape [${output.shape.join(', ')}]; the input "${input.name}" takes [${input.shape.join(', ')}].`,
    );
  }
}
