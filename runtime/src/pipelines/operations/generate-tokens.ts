import {
  DeepHealthError,
  ELEMENT_SIZE_BYTES,
  elementCount,
  type GenerateTokensStepSpec,
  type RawTensor,
  type TensorSpec,
  tensorFromValues,
} from '@deephealth/sdk';
import { fp32Values } from '../fp32-tensor.js';

export interface TokenGraph {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Gives the outputs of the graph that the step names; throws where they are not what was declared. */
  run(feeds: Readonly<Record<string, RawTensor>>): Promise<ReadonlyMap<string, RawTensor>>;
}

/**
 * Token after token, each the one with the largest score (the first of equals) behind the ones before: the
 * same input always gives the same tokens. Ends behind `endToken` or with `maximumTokens`.
 *
 * @param fixed tensors of the graph that stay the same
 * @returns INT64 [1, tokens]; the last one is `endToken` unless the maximum was reached without it
 * @throws DH_TENSOR_SHAPE_MISMATCH where the graph answers for more than one row
 */
export async function generateTokens(
  step: GenerateTokensStepSpec,
  graph: TokenGraph,
  fixed: Readonly<Record<string, RawTensor>>,
): Promise<RawTensor> {
  const specOf = (name: string) => graph.inputs.find((input) => input.name === name) as TensorSpec;
  const size = graph.outputs.find(({ name }) => name === step.scores)?.shape.at(-1) as number;
  const state: Record<string, RawTensor> = {};
  for (const { input } of step.state) state[input] = zeros(specOf(input));
  const tokens: number[] = [];
  let token = step.startToken;
  while (tokens.length < step.maximumTokens) {
    const feeds = { ...fixed, ...state, [step.token.input]: encoded(step, specOf(step.token.input), token, size) };
    const given = await graph.run(feeds);
    const scores = fp32Values(given.get(step.scores) as RawTensor);
    if (scores.length !== size) {
      const rows = scores.length / size;
      throw new DeepHealthError(
        'DH_TENSOR_SHAPE_MISMATCH',
        `Tokens are written for one row at a time, and there are ${rows}. Send the rows as requests of their own.`,
        { details: { expected: '1 row', received: String(rows) } },
      );
    }
    token = largest(scores);
    tokens.push(token);
    if (token === step.endToken) break;
    for (const { input, output } of step.state) state[input] = given.get(output) as RawTensor;
  }
  return tensorFromValues('INT64', [1, tokens.length], tokens);
}

/** With 1 for every extent that may vary, as sequences begin. */
function zeros({ dataType, shape }: TensorSpec): RawTensor {
  const extents = oneRow(shape);
  const data = new Uint8Array(elementCount(extents) * (ELEMENT_SIZE_BYTES[dataType] ?? 0));
  return { dataType, shape: extents, data };
}

function encoded(
  step: GenerateTokensStepSpec,
  { dataType, shape }: TensorSpec,
  token: number,
  size: number,
): RawTensor {
  const extents = oneRow(shape);
  if (step.token.encoding === 'id') return tensorFromValues(dataType, extents, [token]);
  return tensorFromValues(
    dataType,
    extents,
    Array.from({ length: size }, (_, id) => Number(id === token)),
  );
}

function oneRow(shape: readonly number[]): number[] {
  return shape.map((extent) => (extent === -1 ? 1 : extent));
}

function largest(scores: Float32Array): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if ((scores[id] as number) > (scores[best] as number)) best = id;
  return best;
}
