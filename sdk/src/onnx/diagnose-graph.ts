import { checkDanglingInputs } from './check-dangling-inputs.js';
import { checkExternalData, type ExternalFiles } from './check-external-data.js';
import { checkFrozenBatch } from './check-frozen-batch.js';
import { checkKnownOperators } from './check-known-operators.js';
import { checkLargeConstants } from './check-large-constants.js';
import { checkOperatorBehaviour } from './check-operator-behaviour.js';
import { checkIrVersion, checkOperatorDomains, checkOperatorSets } from './check-operators.js';
import { checkRepairs } from './check-repairs.js';
import { checkResizeScales } from './check-resize-scales.js';
import {
  checkElementTypes,
  checkFixedBatch,
  checkInputKinds,
  checkOutputKinds,
  checkUnnamedExtents,
  checkUnusedInputs,
} from './check-signature.js';
import type { GraphFinding } from './graph-finding.js';
import type { OnnxGraph } from './onnx-graph.js';
import { isRepairableOperator } from './plan-repairs.js';

/** What a diagnosis of a graph is told beside the file. */
export interface DiagnoseOptions {
  /** Without it, external data are judged by their location only. */
  readonly externalFiles?: ExternalFiles;
}

type Check = (graph: OnnxGraph, options: DiagnoseOptions) => GraphFinding[];

const CHECKS: readonly Check[] = [
  checkIrVersion,
  checkOperatorSets,
  checkOperatorDomains,
  (graph) => checkKnownOperators(graph, (node) => isRepairableOperator(graph, node)),
  checkDanglingInputs,
  checkRepairs,
  checkResizeScales,
  checkInputKinds,
  checkOutputKinds,
  checkElementTypes,
  (graph, { externalFiles }) => checkExternalData(graph, externalFiles),
  checkUnusedInputs,
  checkUnnamedExtents,
  checkFixedBatch,
  checkFrozenBatch,
  checkOperatorBehaviour,
  checkLargeConstants,
];

/**
 * What is wrong or worth knowing about a graph before an inference engine sees it: errors first,
 * otherwise in the order of the checks. An empty list is no promise that the engine can run it.
 */
export function diagnoseGraph(graph: OnnxGraph, options: DiagnoseOptions = {}): GraphFinding[] {
  const findings = CHECKS.flatMap((check) => check(graph, options));
  return [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
}
