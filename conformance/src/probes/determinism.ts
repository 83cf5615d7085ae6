import type { runtimeV1 } from '@deephealth/proto';
import { type RawTensor, toContractDataType } from '@deephealth/sdk';
import type { PredictSpec } from '../cases/case-types.js';
import { tensorOf } from '../compare/compare-finding.js';
import { compareNumbers } from '../compare/compare-numbers.js';
import { suiteModel } from '../models/catalogue.js';
import { evaluate } from '../oracle/evaluate.js';
import { fromRaw } from '../oracle/value.js';
import { TargetFailure } from '../run/case-result.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { ask, predictOf, question, responseOf } from './asking.js';
import type { Probe } from './probe.js';

const REPEATS = 5;
/** Requests at the same time as the one that is looked at. */
const COMPANIONS = 7;
/** Share of the allowed error by which a row may depend on the rows beside it. */
const ROW_SHARE = 0.5;

/** `predict` five times gives the same bits, and the right ones. */
export const sameBits: Probe = async (context) => {
  const asked = question(predictOf(context), context);
  let first: string | undefined;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const outcome = await ask(asked, context);
    asked.check(outcome);
    const bits = bitsOf(responseOf(outcome));
    first ??= bits;
    if (bits !== first)
      throw new TargetFailure(`repeat ${repeat + 1} of the same request has other bits than the first`);
  }
  return [`${REPEATS} answers are right, and equal bit for bit`];
};

/** `predict` has the same bits alone and among requests of other values, which may share its run. */
export const sameBitsInCompany: Probe = async (context) => {
  const spec = predictOf(context);
  const asked = question(spec, context);
  const alone = await ask(asked, context);
  asked.check(alone);
  const companions = Array.from({ length: COMPANIONS }, (_, index) => question(reseeded(spec, 40 + index), context));
  // In the middle, so that others are under way before it and after it.
  const half = COMPANIONS >> 1;
  const all = [...companions.slice(0, half), asked, ...companions.slice(half)];
  const outcomes = await Promise.all(all.map((one) => ask(one, context)));
  for (const [index, outcome] of outcomes.entries()) all[index]?.check(outcome);
  const own = outcomes[half];
  if (own === undefined) throw new RangeError('nothing was asked');
  if (bitsOf(responseOf(own)) !== bitsOf(responseOf(alone))) {
    throw new TargetFailure('in company, the answer has other bits than alone, so it depends on who asks beside');
  }
  return [`equal bit for bit, alone and among ${COMPANIONS} others`];
};

/** Rows of one request, in either order, are what each is alone, up to half of the allowed error. */
export const rowsAlone: Probe = async (context) => {
  const { model, input, rows, output } = context.with as Readonly<
    Record<'model' | 'input' | 'rows' | 'output', string>
  >;
  const { graph, numericClass } = suiteModel(model);
  const all = namedTensor(rows);
  const places = Array.from({ length: all.shape[0] as number }, (_, row) => row);
  const tensorFor = async (tensor: RawTensor): Promise<RawTensor> => {
    const asked = question({ model, inputs: [{ name: input, value: { tensor: messageOf(tensor) } }] }, context);
    const finding = responseOf(await ask(asked, context)).findings.find(({ name }) => name === output);
    const answer = finding && tensorOf(finding);
    if (answer === undefined) throw new TargetFailure(`the output "${output}" is no tensor`);
    return answer;
  };
  const together = await tensorFor(all);
  const reversed = await tensorFor(rowsOf(all, [...places].reverse()));
  for (const row of places) {
    const one = rowsOf(all, [row]);
    const alone = await tensorFor(one);
    const golden = evaluate(graph, { [input]: one })[output];
    if (golden === undefined) throw new RangeError(`${model} has no output "${output}"`);
    const expected = { ...golden, elements: fromRaw(alone).elements };
    for (const part of [rowsOf(together, [row]), rowsOf(reversed, [places.length - 1 - row])]) {
      const { worst } = compareNumbers(part, expected, numericClass, context.profile);
      if (worst <= ROW_SHARE) continue;
      throw new TargetFailure(`row ${row} differs from itself alone by ${worst.toPrecision(2)} of the allowed error`);
    }
  }
  return [`${places.length} rows, in either order, are what each is alone`];
};

/** These rows of a tensor, in this order. Throws TargetFailure if it has not so many. */
function rowsOf({ dataType, shape, data }: RawTensor, rows: readonly number[]): RawTensor {
  const [count = 0, ...rest] = shape;
  if (rows.some((row) => row >= count)) throw new TargetFailure(`the answer has ${count} rows`);
  const bytes = data.length / count;
  const parts = rows.map((row) => data.subarray(row * bytes, (row + 1) * bytes));
  return { dataType, shape: [rows.length, ...rest], data: Buffer.concat(parts) };
}

function messageOf({ dataType, shape, data }: RawTensor) {
  return { dataType: toContractDataType(dataType), shape, data: Buffer.from(data) };
}

/** The same request with other noise. */
function reseeded(spec: PredictSpec, seed: number): PredictSpec {
  const inputs = Object.entries(spec.inputs as Readonly<Record<string, string>>);
  return {
    ...spec,
    inputs: Object.fromEntries(inputs.map(([name, tensor]) => [name, tensor.replace(/^noise\d*/, `noise${seed}`)])),
  };
}

/** Everything that the findings say, to the last bit. */
function bitsOf({ findings }: runtimeV1.PredictResponse__Output): string {
  return JSON.stringify(findings, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}
