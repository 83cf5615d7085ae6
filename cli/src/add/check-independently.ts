import { DeepHealthError, evaluateGraph, type GoldenInput, type TableInputSpec } from '@deephealth/sdk';
import { contentsOf } from '../import/model-files.js';
import type { Addition } from './addition.js';
import { featureRows } from './feature-rows.js';
import { chosenPlaces, type IndependentCheck } from './golden-cases.js';

/** Largest difference that FP32 and another order of sums explain, in units of the largest value or 1. */
const TOLERANCE = 1e-3;

/**
 * Holds what the engine gave for the golden cases against a computation in float64 that shares nothing with it, from
 * the values of the samples on; where the graph has an operator that it does not know, it says so.
 *
 * @throws DH_GOLDEN_MISMATCH where the two disagree
 */
export async function checkIndependently(addition: Addition): Promise<IndependentCheck> {
  const { model, source, settled } = addition;
  const { input } = settled.candidate;
  if (input.kind !== 'table') return notMade(`there is none of inputs of the kind ${input.kind}`);
  const external = await contentsOf(model.external);
  const output = addition.manifest.outputs[0];
  const tensor = output !== undefined && 'from' in output ? output.from : '';
  let worst = 0;
  const places = chosenPlaces(addition);
  for (const place of places) {
    const features = featureRows(input as TableInputSpec, [source.inputs[place] as GoldenInput]);
    const evaluated = evaluateGraph(model.onnx, new Map([[input.feeds, features]]), external);
    if ('notComputed' in evaluated) return notMade(`it does not know ${evaluated.notComputed}`);
    const expected = evaluated.outputs.get(tensor)?.values;
    if (expected === undefined) return notMade('it does not give this output');
    const row = settled.rows[place] as Float32Array;
    const scale = Math.max(1, ...expected.map(Math.abs));
    worst = Math.max(worst, ...expected.map((value, index) => Math.abs(value - (row[index] as number)) / scale));
  }
  if (!(worst <= TOLERANCE)) {
    throw new DeepHealthError(
      'DH_GOLDEN_MISMATCH',
      `The engine and an independent computation of the graph in float64 disagree by ${worst.toPrecision(2)} of the largest value. One of them is wrong; nothing was written.`,
    );
  }
  return {
    isIndependent: true,
    how: `For all ${places.length} of them, features and graph were also computed in float64 without the engine; the largest difference is ${worst.toPrecision(2)} of the largest value.`,
  };
}

function notMade(why: string): IndependentCheck {
  return {
    isIndependent: false,
    how: `They were not held against a computation that is independent of the engine: ${why}.`,
  };
}
