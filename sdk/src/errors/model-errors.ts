import type { CatalogRow } from './catalog-row.js';

/** Runs of a model, and packages. */
export const MODEL_ERRORS = {
  // Runs
  DH_MODEL_HOST_LOST: [
    'UNAVAILABLE',
    'runtime',
    'The process that ran the model ended during the request. It is started again; try again.',
    'retryable',
  ],
  DH_MODEL_CRASHED: ['INTERNAL', 'model', 'This very input ended the process of the model twice. It is not run again.'],
  DH_MODEL_RUN_FAILED: ['INTERNAL', 'model', 'The inference engine refused to run the graph on this input.'],
  DH_MODEL_OUTPUT_INVALID: [
    'INTERNAL',
    'model',
    'The model returned NaN, infinity, a probability outside 0 to 1, or a shape other than declared. The result is withheld.',
  ],
  DH_MODEL_RUN_TIMEOUT: ['RESOURCE_EXHAUSTED', 'model', 'The model ran longer than its limit and was stopped.'],
  DH_MODEL_MEMORY_EXCEEDED: [
    'RESOURCE_EXHAUSTED',
    'model',
    'The model needed more memory than its limit and was stopped.',
  ],
  // Packages
  DH_PACKAGE_FILE_MISSING: [
    'FAILED_PRECONDITION',
    'model',
    'A file that the package needs or lists is not there, or cannot be read.',
  ],
  DH_PACKAGE_FILE_UNLISTED: ['FAILED_PRECONDITION', 'model', 'The package holds a file that SHA256SUMS does not list.'],
  DH_PACKAGE_PATH_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'A path in the package leaves its folder, is a link, or holds characters that are not allowed.',
  ],
  DH_FILE_DIGEST_MISMATCH: [
    'FAILED_PRECONDITION',
    'model',
    'A file is not the one that SHA256SUMS or the manifest states. Restore it, or write the sums again if the change is meant (`deephealth validate --write-sums`).',
  ],
  DH_MANIFEST_MALFORMED: ['FAILED_PRECONDITION', 'model', 'model.json is not JSON in UTF-8.'],
  DH_MANIFEST_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'model.json breaks the schema or contradicts itself. The message names field, value and fix.',
  ],
  DH_MANIFEST_DRAFT: [
    'FAILED_PRECONDITION',
    'model',
    'The manifest still holds guesses that nobody has confirmed. Check each entry of `draft`, then delete it.',
  ],
  DH_MANIFEST_GRAPH_MISMATCH: [
    'FAILED_PRECONDITION',
    'model',
    'Names, types or shapes in the manifest are not those of the graph.',
  ],
  DH_GRAPH_MALFORMED: [
    'FAILED_PRECONDITION',
    'model',
    'The .onnx file is not an ONNX model: truncated, random, or another kind of file.',
  ],
  DH_GRAPH_UNSUPPORTED: [
    'FAILED_PRECONDITION',
    'model',
    'The graph uses an opset, operator domain or construct that this runtime does not run.',
  ],
  DH_GRAPH_NOT_A_MODEL: [
    'FAILED_PRECONDITION',
    'model',
    'The file holds a single ONNX node and no graph, as EDDL saves optimisers and computing services. Give the file of the network.',
  ],
  DH_GRAPH_INPUT_DANGLING: [
    'FAILED_PRECONDITION',
    'model',
    'A node reads a tensor that nothing in the graph makes: the exporter left a layer out.',
  ],
  DH_GRAPH_REPAIR_NEEDED: [
    'FAILED_PRECONDITION',
    'model',
    'The graph is a known wrong export, refused or computed wrongly by the engine, that can be rewritten. Run `deephealth init --repair`, which records each rewrite in the manifest.',
  ],
  DH_GRAPH_WEIGHTS_NOT_FINITE: [
    'FAILED_PRECONDITION',
    'model',
    'Weights of the graph are NaN or infinite: the training diverged, or the file is damaged. Export a checkpoint with finite weights.',
  ],
  DH_EDDL_WEIGHTS_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'The weights file is not one that EDDL has written, or it is cut off.',
  ],
  DH_ECVL_FILE_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A dataset file (YAML) or augmentation text of ECVL is not what ECVL reads, or asks for what must not be done. The message names the line or the entry.',
  ],
  DH_GRAPH_OUTPUT_NOT_TENSOR: [
    'FAILED_PRECONDITION',
    'model',
    'An output is a map or sequence (ZipMap). Export the classifier with zipmap off.',
  ],
  DH_EXTERNAL_DATA_MISSING: [
    'FAILED_PRECONDITION',
    'model',
    'The graph keeps weights in a file that is not in the package.',
  ],
  DH_EXTERNAL_DATA_UNLISTED: [
    'FAILED_PRECONDITION',
    'model',
    'The graph keeps weights in a file that the manifest does not list with size and digest.',
  ],
  DH_GOLDEN_MISSING: [
    'FAILED_PRECONDITION',
    'model',
    'The package holds no golden case, so nothing proves that the model answers as it was trained to.',
  ],
  DH_GOLDEN_MALFORMED: [
    'FAILED_PRECONDITION',
    'model',
    'A golden case breaks its schema or does not fit the manifest.',
  ],
  DH_GOLDEN_MISMATCH: [
    'FAILED_PRECONDITION',
    'model',
    'The model does not reproduce its golden values on this machine.',
  ],
  DH_GRAPH_COUPLES_ITEMS: [
    'FAILED_PRECONDITION',
    'model',
    'An operator of the graph lets the items of a batch act on each other, so that a result would depend on who shares the run. The model is served, each item alone; export it without that operator to allow batches.',
  ],
  DH_MODEL_NOT_DETERMINISTIC: [
    'FAILED_PRECONDITION',
    'model',
    'The same input gave different results, though the manifest says it does not.',
  ],
  DH_MODEL_LOAD_FAILED: ['FAILED_PRECONDITION', 'model', 'The inference engine refused to load the graph.'],
  DH_MODEL_LOAD_TIMEOUT: [
    'FAILED_PRECONDITION',
    'model',
    'Loading or verifying took longer than the limit and was stopped.',
  ],
  DH_MODEL_KEEPS_FAILING: ['FAILED_PRECONDITION', 'model', 'The process of the model ended too often in a short time.'],
} as const satisfies Record<`DH_${string}`, CatalogRow>;
