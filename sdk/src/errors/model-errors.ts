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
  // Control
  DH_MODEL_SUSPENDED: [
    'FAILED_PRECONDITION',
    'runtime',
    'Somebody has stopped the use of this model, with the reason that the message gives. It answers again once it is resumed.',
  ],
  DH_MODEL_NOT_SUSPENDED: [
    'FAILED_PRECONDITION',
    'caller',
    'The model or version that is to be resumed is not suspended in this form. A model that is suspended as a whole is resumed without a version.',
  ],
  DH_ROLLOUT_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A rollout names a version that is not there or has no other one beside it, or a share outside of 0 to 1.',
  ],
  DH_CONTROL_STATE_INVALID: [
    'FAILED_PRECONDITION',
    'runtime',
    'The file of suspended models and rollouts is damaged or cannot be read. The server does not start on it, as a model that was stopped might answer again. Restore the file, or remove it after a look at what was suspended.',
  ],
  DH_CONTROL_STATE_NOT_WRITTEN: [
    'INTERNAL',
    'runtime',
    'The file of suspended models and rollouts cannot be written. A suspension holds all the same until the server ends; everything else was left as it was.',
  ],
  // Adding a model to the platforms
  DH_ADD_SAMPLES_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The samples that a model is added with cannot be used. The message names the row and the column, or the file, and what was expected; values are never repeated.',
  ],
  DH_ADD_SAMPLES_DISAGREE: [
    'FAILED_PRECONDITION',
    'model',
    'The model does not tell the labels of the samples better than chance, or says the opposite. Its preparation, the order of its classes or the samples are wrong. The answer "agreement": "accepted" adds it all the same.',
  ],
  DH_ADD_QUESTIONS_OPEN: [
    'FAILED_PRECONDITION',
    'caller',
    'Neither the graph nor the samples say what the message lists, and a guess would be dangerous. Answer on a terminal, or in the file that `deephealth add --print-answers` writes.',
  ],
  DH_ADD_ANSWERS_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The file of answers is not an object of answers by question, or an answer is none of those that its question takes.',
  ],
  DH_ADD_NOT_POSSIBLE: [
    'FAILED_PRECONDITION',
    'model',
    'The model is of a kind that cannot be added by itself. The message says which; `deephealth init` drafts a package to complete by hand.',
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
  DH_PACKAGE_CHANGED: [
    'FAILED_PRECONDITION',
    'model',
    'The package on disk is no longer the one that was verified. Have the server look at it anew: load it, verify it, or let it poll.',
  ],
  // Signatures of packages
  DH_PACKAGE_UNSIGNED: [
    'FAILED_PRECONDITION',
    'model',
    'The package is not signed, and the server serves signed ones only (`trust.requireSignatures`). Sign it with `deephealth sign`.',
  ],
  DH_PACKAGE_SIGNATURE_MALFORMED: [
    'FAILED_PRECONDITION',
    'model',
    'SHA256SUMS.sig is not what the format says. Sign the package again.',
  ],
  DH_PACKAGE_SIGNATURE_WRONG: [
    'FAILED_PRECONDITION',
    'model',
    'A trusted key has not signed this package, though its signature says so: package or signature was changed. Restore the package from its source, and find out who changed it.',
  ],
  DH_PACKAGE_SIGNER_UNTRUSTED: [
    'FAILED_PRECONDITION',
    'model',
    'The package is signed by keys only that the server does not trust, or not for models of this name. Trust the key with `deephealth key trust` if you know whose it is.',
  ],
  DH_PACKAGE_SIGNER_MISSING: [
    'FAILED_PRECONDITION',
    'model',
    'The package lacks a signature that the server asks for (`trust.requiredSigners`).',
  ],
  DH_PACKAGE_KEY_REVOKED: [
    'FAILED_PRECONDITION',
    'model',
    'The key that signed the package was revoked. Have the package signed with another one.',
  ],
  DH_PACKAGE_KEY_EXPIRED: [
    'FAILED_PRECONDITION',
    'model',
    'The key that signed the package is trusted no longer: `notAfter` has passed.',
  ],
  DH_PACKAGE_KEY_NOT_YET_VALID: [
    'FAILED_PRECONDITION',
    'model',
    'The key that signed the package is not trusted yet: `notBefore` is to come. Look at the clock of the server, too.',
  ],
  DH_PACKAGE_REVOKED: [
    'FAILED_PRECONDITION',
    'model',
    'This very package was revoked, and is never served. Put another version in its place.',
  ],
  DH_KEY_FILE_INVALID: [
    'FAILED_PRECONDITION',
    'caller',
    'A key file is not an Ed25519 key in PEM or as JWK, is encrypted with another passphrase, or cannot be read.',
  ],
  DH_KEY_FILE_EXISTS: [
    'FAILED_PRECONDITION',
    'caller',
    'A key file of this name is there, and keys are never overwritten.',
  ],
  DH_TRUST_STORE_INVALID: [
    'FAILED_PRECONDITION',
    'runtime',
    'The trusted keys cannot be read, break their schema or contradict each other. The message names file and field.',
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
