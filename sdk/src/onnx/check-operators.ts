import { errorFinding, type GraphFinding } from './graph-finding.js';
import type { OnnxGraph } from './onnx-graph.js';
import { quoteName } from './quote-name.js';
import { walkNodes } from './walk-graph.js';

/** Newest IR version that ONNX Runtime 1.30 loads (measured: 13 loads, 14 is refused). */
export const HIGHEST_IR_VERSION = 13;

/**
 * Operator sets that ONNX Runtime 1.30 runs. The highest versions are measured: 26 and 5 load, 27
 * and 6 are refused as not yet released. Kernels for a default operator set before 7 are missing
 * one by one.
 */
const OPERATOR_SETS: ReadonlyMap<string, { readonly lowest: number; readonly highest: number }> = new Map([
  ['', { lowest: 7, highest: 26 }],
  ['ai.onnx.ml', { lowest: 1, highest: 5 }],
  ['com.microsoft', { lowest: 1, highest: 1 }],
]);

/** True for a version of the default operator set that this runtime runs. */
export function isSupportedOpset(version: number): boolean {
  const range = OPERATOR_SETS.get('');
  return range !== undefined && version >= range.lowest && version <= range.highest;
}

/** Finds an IR version that the engine does not know. */
export function checkIrVersion({ irVersion }: OnnxGraph): GraphFinding[] {
  if (irVersion <= HIGHEST_IR_VERSION) return [];
  return [
    errorFinding(
      'DH_GRAPH_UNSUPPORTED',
      'irVersion',
      `The file has IR version ${irVersion}; this runtime reads up to ${HIGHEST_IR_VERSION}.`,
      `Export the model again with IR version ${HIGHEST_IR_VERSION} or lower.`,
    ),
  ];
}

/** Finds operator sets that are too old or too new. */
export function checkOperatorSets({ opsets }: OnnxGraph): GraphFinding[] {
  return opsets.flatMap(({ domain, version }) => {
    const range = OPERATOR_SETS.get(domain);
    if (range === undefined || (version >= range.lowest && version <= range.highest)) return [];
    const name = domainName(domain);
    return errorFinding(
      'DH_GRAPH_UNSUPPORTED',
      name,
      `The operator set ${name} has version ${version}; this runtime runs ${range.lowest} to ${range.highest}.`,
      `Export the model again with opset ${range.highest} or lower and ${range.lowest} or higher.`,
    );
  });
}

/** Finds operators of domains that the engine has no kernels for, once per domain. */
export function checkOperatorDomains(graph: OnnxGraph): GraphFinding[] {
  const known = new Set([...OPERATOR_SETS.keys(), ...graph.functions.map(({ domain }) => domain)]);
  const operators = new Map<string, Set<string>>();
  for (const { domain, opType } of walkNodes(graph)) {
    if (known.has(domain)) continue;
    operators.set(domain, (operators.get(domain) ?? new Set()).add(opType));
  }
  return [...operators].map(([domain, names]) =>
    errorFinding(
      'DH_GRAPH_UNSUPPORTED',
      domain,
      `The graph uses operators of the domain ${quoteName(domain)} (${listNames(names)}), which this runtime does not have.`,
      'Export the model with operators of ai.onnx, ai.onnx.ml or com.microsoft only.',
    ),
  );
}

function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain;
}

const NAMES_SHOWN = 3;

function listNames(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, NAMES_SHOWN).map(quoteName).join(', ');
  return names.size > NAMES_SHOWN ? `${shown} and ${names.size - NAMES_SHOWN} more` : shown;
}
