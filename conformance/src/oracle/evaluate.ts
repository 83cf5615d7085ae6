import type { RawTensor } from '@deephealth/sdk';
import { OPERATORS } from './operators.js';
import type { SuiteGraph } from './suite-graph.js';
import { fromRaw, type Value } from './value.js';

/**
 * What a graph of the suite gives for these inputs, by output name, in float64: never by the engine
 * that a target may use itself.
 */
export function evaluate(graph: SuiteGraph, inputs: Readonly<Record<string, RawTensor>>): Record<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, tensor] of Object.entries({ ...graph.constants, ...inputs })) values.set(name, fromRaw(tensor));
  for (const { op, inputs: from, output, attributes = {} } of graph.nodes) {
    const operator = OPERATORS[op];
    if (operator === undefined) throw new RangeError(`the oracle knows no operator "${op}"`);
    values.set(
      output,
      operator(
        from.map((name) => values.get(name) as Value),
        attributes,
      ),
    );
  }
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, values.get(name) as Value]));
}
