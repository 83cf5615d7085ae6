import { ELEMENT_SIZE_BYTES } from '../tensor/data-type.js';
import { errorFinding, type GraphFinding } from './graph-finding.js';
import type { ExternalDataPlace, GraphInitializer, OnnxGraph } from './onnx-graph.js';
import { quoteName } from './quote-name.js';
import { walkConstants } from './walk-graph.js';

/** What is known about the files beside the graph; all paths are relative to the package folder. */
export interface ExternalFiles {
  /** Path of the .onnx file; locations are relative to its folder. Default "model.onnx". */
  readonly onnxFile?: string;
  /** Sizes in bytes of the files that are there. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Files that the manifest lists with size and digest. */
  readonly listed: ReadonlySet<string>;
}

/** The same form as `packagePath` in model.schema.json: it cannot leave the folder on any system. */
const SAFE_LOCATION = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/**
 * Path inside the package of an external data file; undefined if the location is absolute, holds
 * "..", a backslash, a NUL or another character that no package path may have.
 */
export function externalDataPath(location: string, onnxFile = 'model.onnx'): string | undefined {
  if (location.length > 255 || !SAFE_LOCATION.test(location)) return undefined;
  return onnxFile.slice(0, onnxFile.lastIndexOf('/') + 1) + location;
}

/**
 * Finds weights in files that lie outside the package, are not there, are too short, or are not
 * listed. Without `files` only the locations are judged. Each file is reported once.
 */
export function checkExternalData(graph: OnnxGraph, files?: ExternalFiles): GraphFinding[] {
  const findings = new Map<string, GraphFinding>();
  for (const constant of walkConstants(graph)) {
    const { external } = constant;
    if (external === undefined) continue;
    const finding = checkPlace(constant, external, files);
    const key = `${finding?.code} ${external.location}`;
    if (finding !== undefined && !findings.has(key)) findings.set(key, finding);
  }
  return [...findings.values()];
}

function checkPlace(
  { name, elementCount, dataType }: GraphInitializer,
  { location, offset, length }: ExternalDataPlace,
  files: ExternalFiles | undefined,
): GraphFinding | undefined {
  const path = externalDataPath(location, files?.onnxFile);
  if (path === undefined) {
    return errorFinding(
      'DH_PACKAGE_PATH_INVALID',
      name,
      `The constant ${quoteName(name)} keeps its data at a location that leaves the package or holds characters that are not allowed.`,
      'Save the model again with external data in a file beside it, named with letters, digits, ".", "-" and "_".',
    );
  }
  if (!isByteCount(offset) || !isByteCount(length ?? 0)) {
    return errorFinding(
      'DH_GRAPH_MALFORMED',
      name,
      `The constant ${quoteName(name)} states an offset or length of its external data that is not a byte count.`,
      'Save the model again with external data.',
    );
  }
  const neededBytes = elementCount * ((dataType && ELEMENT_SIZE_BYTES[dataType]) ?? Number.NaN);
  if (length !== undefined && !Number.isNaN(neededBytes) && length !== neededBytes) {
    return errorFinding(
      'DH_GRAPH_MALFORMED',
      name,
      `The constant ${quoteName(name)} needs ${neededBytes} bytes, but states ${length} of external data.`,
      'Save the model again with external data.',
    );
  }
  if (files === undefined) return undefined;
  const sizeBytes = files.sizes.get(path);
  if (sizeBytes === undefined || offset + (length ?? (neededBytes || 0)) > sizeBytes) {
    return errorFinding(
      'DH_EXTERNAL_DATA_MISSING',
      path,
      sizeBytes === undefined
        ? `The graph keeps weights in ${quoteName(path)}, which is not in the package.`
        : `The file ${quoteName(path)} has ${sizeBytes} bytes; the constant ${quoteName(name)} needs ${offset + (length ?? (neededBytes || 0))}.`,
      'Copy the external data file of this very export into the package.',
    );
  }
  if (files.listed.has(path)) return undefined;
  return errorFinding(
    'DH_EXTERNAL_DATA_UNLISTED',
    path,
    `The graph keeps weights in ${quoteName(path)}, which the manifest does not list.`,
    'Add it to onnx.externalData in model.json with its size and SHA-256.',
  );
}

function isByteCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
