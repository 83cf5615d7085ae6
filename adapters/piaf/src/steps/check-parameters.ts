import { DeepHealthError } from '@deephealth/sdk';
import { type ChainBinding, PARAMETER_TYPES, type ParameterValues } from '../bindings/processing-chain-binding.js';

/**
 * The values of a run: those of the caller where they are allowed, else the defaults.
 *
 * @throws DH_CHAIN_REQUEST_INVALID naming the parameter
 */
export function checkParameters(
  { parameters = [] }: ChainBinding,
  given: Readonly<Record<string, unknown>>,
): ParameterValues {
  const unknown = Object.keys(given).find((name) => !parameters.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = parameters.length === 0 ? 'takes none' : `takes ${parameters.map(({ name }) => name).join(', ')}`;
    throw invalid(unknown.slice(0, 64), `The chain has no such parameter; it ${known}.`);
  }
  const values: Partial<Record<string, number | boolean>> = {};
  // In the order of the binding, so that the same values are the same text.
  for (const { name, default: fallback, minimum, maximum } of parameters) {
    // As in CWL, null is no value, and the default stands for it.
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? fallback;
    if (value === undefined) continue;
    if (PARAMETER_TYPES[name] === 'boolean') {
      if (typeof value !== 'boolean') throw invalid(name, 'Expected true or false.');
    } else {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(name, 'Expected a number.');
      if (PARAMETER_TYPES[name] === 'integer' && !Number.isSafeInteger(value)) {
        throw invalid(name, 'Expected a whole number.');
      }
      if (minimum !== undefined && value < minimum) throw invalid(name, `Expected ${minimum} or more.`);
      if (maximum !== undefined && value > maximum) throw invalid(name, `Expected ${maximum} or less.`);
    }
    values[name] = value;
  }
  return values as ParameterValues;
}

function invalid(name: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `Parameter ${JSON.stringify(name)}: ${sentence}`, {
    details: { field: name },
  });
}
