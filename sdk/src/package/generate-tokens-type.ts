import type { TensorSpec } from './manifest.js';
import type { EdgeType } from './pipeline-edge.js';
import type { GenerateTokensStepSpec, PipelineModelSpec } from './pipeline-spec.js';

type Say = (field: string, sentence: string) => void;

/**
 * What a step writes that makes token after token: INT64 [1, up to its maximum]. Undefined if its graph
 * cannot do so, which `say` has then been told.
 */
export function generateTokensType(
  step: GenerateTokensStepSpec,
  { name, tensors }: PipelineModelSpec,
  say: Say,
): EdgeType | undefined {
  const size = vocabularySize(step, name, tensors.outputs, say);
  if (size === undefined) return undefined;
  checkToken(step, name, tensors.inputs, size, say);
  step.state.forEach((pair, index) => {
    checkState(pair, `/state/${index}`, name, tensors, say);
  });
  for (const field of ['startToken', 'endToken'] as const) {
    if (step[field] >= size) say(`/${field}`, `is ${step[field]}, but "${step.scores}" has ${size} values.`);
  }
  checkFedOnce(step, name, tensors.inputs, say);
  return {
    dataType: 'INT64',
    extents: [
      { isVarying: false, maximum: 1 },
      { isVarying: true, maximum: step.maximumTokens },
    ],
    mayBeNonFinite: false,
  };
}

/** Number of scores, which all other extents belong to one row of. */
function vocabularySize(
  { scores }: GenerateTokensStepSpec,
  model: string,
  outputs: readonly TensorSpec[],
  say: Say,
): number | undefined {
  const spec = outputs.find((output) => output.name === scores);
  const size = spec?.shape.at(-1) ?? -1;
  if (spec?.dataType === 'FP32' && spec.nonFinite !== 'allow' && size >= 2 && isOneRow(spec.shape.slice(0, -1)))
    return size;
  say(
    '/scores',
    `names "${scores}"; model "${model}" must give it as finite FP32, one row with a fixed number of 2 or more values.`,
  );
  return undefined;
}

function checkToken(
  { token }: GenerateTokensStepSpec,
  model: string,
  inputs: readonly TensorSpec[],
  size: number,
  say: Say,
): void {
  const spec = inputs.find(({ name }) => name === token.input);
  if (spec === undefined) {
    say('/token/input', `names "${token.input}", which is no input of model "${model}".`);
    return;
  }
  const { dataType, shape } = spec;
  const fits =
    token.encoding === 'id'
      ? ['INT64', 'INT32', 'FP32'].includes(dataType) && isOneRow(shape)
      : dataType === 'FP32' && shape.at(-1) === size && isOneRow(shape.slice(0, -1));
  if (fits) return;
  const wanted = token.encoding === 'id' ? 'one number, INT64, INT32 or FP32' : `FP32 with ${size} values`;
  say(
    '/token/input',
    `names "${token.input}", which is ${dataType} [${shape.join(', ')}]; "${token.encoding}" needs ${wanted}.`,
  );
}

function checkState(
  pair: GenerateTokensStepSpec['state'][number],
  field: string,
  model: string,
  { inputs, outputs }: PipelineModelSpec['tensors'],
  say: Say,
): void {
  const input = inputs.find(({ name }) => name === pair.input);
  const output = outputs.find(({ name }) => name === pair.output);
  if (input === undefined) say(`${field}/input`, `names "${pair.input}", which is no input of model "${model}".`);
  if (output === undefined) say(`${field}/output`, `names "${pair.output}", which is no output of model "${model}".`);
  if (input === undefined || output === undefined) return;
  const fits =
    input.dataType === output.dataType &&
    input.dataType !== 'BYTES' &&
    input.shape.length === output.shape.length &&
    input.shape.every((extent, axis) => extent === -1 || output.shape[axis] === -1 || extent === output.shape[axis]);
  if (fits) return;
  say(
    `${field}/output`,
    `names "${pair.output}", which is ${output.dataType} [${output.shape.join(', ')}]; the input "${pair.input}" takes ${input.dataType} [${input.shape.join(', ')}].`,
  );
}

/** Every input of the graph gets its value from exactly one place. */
function checkFedOnce(step: GenerateTokensStepSpec, model: string, inputs: readonly TensorSpec[], say: Say): void {
  const fed = [...Object.keys(step.inputs), step.token.input, ...step.state.map(({ input }) => input)];
  for (const { name } of inputs) {
    const count = fed.filter((other) => other === name).length;
    if (count === 0) say('/inputs', `feeds no edge to "${name}", an input of model "${model}". Add one.`);
    if (count > 1) say('/inputs', `and "token" and "state" feed "${name}" of model "${model}" more than once.`);
  }
}

function isOneRow(shape: readonly number[]): boolean {
  return shape.every((extent) => extent === 1 || extent === -1);
}
