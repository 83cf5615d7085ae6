import {
  DeepHealthError,
  type GraphRewrite,
  type OnnxGraph,
  readOnnxGraph,
  repairModel,
  sha256,
} from '@deephealth/sdk';
import { diagnoseModel } from '../import/diagnose-model.js';
import { type ExternalFile, findExternalFiles, readModelFile } from '../import/model-files.js';

/** The graph that is added, and what comes with it. */
export interface ModelFile {
  readonly onnx: Uint8Array;
  readonly graph: OnnxGraph;
  readonly external: readonly ExternalFile[];
  readonly rewritten: {
    readonly original: { readonly sha256: string; readonly sizeBytes: number };
    readonly rewrites: readonly GraphRewrite[];
  };
}

/**
 * Reads a model and looks for what keeps it from being served.
 *
 * @param isRepaired whether known wrong exports are rewritten, as `deephealth init --repair` does
 * @throws DH_ADD_NOT_POSSIBLE with what is wrong with the graph; what reading it throws
 */
export async function openModel(path: string, isRepaired: boolean): Promise<ModelFile> {
  const given = await readModelFile(path);
  const repaired = isRepaired ? repairModel(given, { metadata: {}, repairs: true }) : undefined;
  const onnx = repaired?.bytes ?? given;
  const graph = readOnnxGraph(onnx);
  const external = await findExternalFiles(graph, path);
  const [error] = (await diagnoseModel(onnx, graph, external)).filter(({ severity }) => severity === 'error');
  if (error !== undefined) {
    throw new DeepHealthError(
      'DH_ADD_NOT_POSSIBLE',
      `The model cannot be served: ${error.code}: ${error.message} ${error.fix} With --repair, known wrong exports are rewritten.`,
      { details: { reason: error.code } },
    );
  }
  const original = repaired?.original ?? { sha256: sha256(given), sizeBytes: given.length };
  return { onnx, graph, external, rewritten: { original, rewrites: repaired?.rewrites ?? [] } };
}
