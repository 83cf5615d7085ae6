import { basename } from 'node:path';
import {
  type CostEstimate,
  compareEddlWeights,
  estimateCost,
  type GraphFinding,
  type GraphRewrite,
  type GraphValue,
  type OnnxGraph,
  ORIGINAL_KEY,
  REWRITES_KEY,
  readOnnxGraph,
  sha256,
  type WeightComparison,
  walkNodes,
} from '@deephealth/sdk';
import { diagnoseModel } from './diagnose-model.js';
import { contentsOf, type ExternalFile, findExternalFiles, readModelFile } from './model-files.js';

/** What `deephealth inspect` tells of one ONNX file. */
export interface Inspection {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly producer: string;
  readonly graphName: string;
  readonly irVersion: number;
  readonly opsets: OnnxGraph['opsets'];
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  /** Names of extents that vary, with "?" for those without a name. */
  readonly dynamicExtents: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly parameterCount: number;
  /** Of one item, every varying extent taken as 1. */
  readonly estimate: CostEstimate;
  readonly operators: Readonly<Record<string, number>>;
  readonly externalData: readonly Omit<ExternalFile, 'path'>[];
  /** What the file says of itself if `deephealth init` has rewritten it. */
  readonly originalSha256?: string;
  readonly rewrites: readonly GraphRewrite[];
  readonly findings: readonly GraphFinding[];
  readonly weights?: WeightComparison;
}

export interface InspectedValue {
  readonly name: string;
  readonly type: string;
  /** null for a varying extent without a name; absent if not even the rank is stated. */
  readonly shape?: readonly (number | string | null)[];
}

/** Reads a model and the files beside it, and runs nothing. Throws DH_GRAPH_MALFORMED, DH_GRAPH_NOT_A_MODEL. */
export async function inspectModel(path: string, weightsPath?: string): Promise<Inspection> {
  const onnx = await readModelFile(path);
  const graph = readOnnxGraph(onnx);
  const external = await findExternalFiles(graph, path);
  const findings = await diagnoseModel(onnx, graph, external);
  const operators: Record<string, number> = {};
  for (const { domain, opType } of walkNodes(graph)) {
    const name = domain === '' ? opType : `${domain}.${opType}`;
    operators[name] = (Object.hasOwn(operators, name) ? (operators[name] as number) : 0) + 1;
  }
  const { [REWRITES_KEY]: rewrites, [ORIGINAL_KEY]: originalSha256, ...metadata } = graph.metadata;
  return {
    file: basename(path),
    sizeBytes: onnx.length,
    sha256: sha256(onnx),
    producer: `${graph.producerName} ${graph.producerVersion}`.trim(),
    graphName: graph.graphName,
    irVersion: graph.irVersion,
    opsets: graph.opsets,
    inputs: graph.inputs.map(toInspected),
    outputs: graph.outputs.map(toInspected),
    dynamicExtents: dynamicExtents(graph),
    metadata,
    parameterCount: graph.parameterCount,
    estimate: estimateCost(graph),
    operators,
    externalData: external.map(({ file, sizeBytes, sha256: digest }) => ({ file, sizeBytes, sha256: digest })),
    ...(originalSha256 === undefined ? {} : { originalSha256 }),
    rewrites: parseRewrites(rewrites),
    findings,
    ...(weightsPath === undefined
      ? {}
      : { weights: compareEddlWeights(onnx, await readModelFile(weightsPath), await contentsOf(external)) }),
  };
}

function toInspected({ name, kind, elementType, shape }: GraphValue): InspectedValue {
  return {
    name,
    type: kind === 'tensor' ? (elementType ?? 'tensor') : kind,
    ...(shape === undefined ? {} : { shape: shape.map((extent) => extent ?? null) }),
  };
}

function dynamicExtents({ inputs, outputs }: OnnxGraph): string[] {
  const extents = [...inputs, ...outputs].flatMap(({ shape = [] }) => shape.filter((e) => typeof e !== 'number'));
  return [...new Set(extents.map((extent) => extent ?? '?'))].map(String);
}

/** The record in the file is what it says of itself; a record that is none is left out. */
function parseRewrites(text: string | undefined): GraphRewrite[] {
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isRewrite) : [];
  } catch {
    return [];
  }
}

function isRewrite(entry: unknown): entry is GraphRewrite {
  const { kind, subject, description } = (entry ?? {}) as Partial<Record<keyof GraphRewrite, unknown>>;
  return typeof kind === 'string' && typeof subject === 'string' && typeof description === 'string';
}
