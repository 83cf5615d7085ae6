/** Who has to act: the caller, the model's author, this runtime's operator, or the platform beside it. */
export type ErrorSource = 'caller' | 'model' | 'runtime' | 'platform';

/** Names of gRPC status codes that the catalogue uses. */
export type GrpcStatusName =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

export interface CatalogEntry {
  readonly grpc: GrpcStatusName;
  /** True if the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
  readonly source: ErrorSource;
  /** What it means and what to do next; the text of docs/errors.md. */
  readonly docs: string;
}

type Row = readonly [grpc: GrpcStatusName, source: ErrorSource, docs: string, retryable?: 'retryable'];

const rows = {
  // Requests
  DH_REQUEST_ID_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The request id is longer than 128 characters or holds characters other than printable ASCII. Send a shorter one, or none.',
  ],
  DH_REQUEST_MALFORMED: [
    'INVALID_ARGUMENT',
    'caller',
    'A field that the call needs is empty or of the wrong form. The message names the field.',
  ],
  DH_MODEL_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'No model of this name is in the store. List the models to see the names.',
  ],
  DH_MODEL_VERSION_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'The model exists, this version does not. List the models to see its versions.',
  ],
  DH_MODEL_NOT_READY: [
    'UNAVAILABLE',
    'runtime',
    'The version is being verified, started again or drained. Try again in a moment.',
    'retryable',
  ],
  DH_VERSION_EXCLUDED: [
    'FAILED_PRECONDITION',
    'caller',
    'The version policy of the model serves other versions. Change the policy, or unload the newer versions first.',
  ],
  DH_MODEL_UNLOADED: ['FAILED_PRECONDITION', 'caller', 'The version was unloaded. Load it first.'],
  DH_MODEL_QUARANTINED: [
    'FAILED_PRECONDITION',
    'model',
    'The version was refused at verification or kept failing; ListModels says why. Mend the package and verify it again.',
  ],
  DH_PACKAGE_DIGEST_MISMATCH: [
    'FAILED_PRECONDITION',
    'caller',
    'The caller pinned another package digest than the one served. Check which package you expect.',
  ],
  DH_INPUT_UNKNOWN: ['INVALID_ARGUMENT', 'caller', 'The model declares no input of this name.'],
  DH_INPUT_DUPLICATE: ['INVALID_ARGUMENT', 'caller', 'The same input was sent twice.'],
  DH_INPUT_MISSING: ['INVALID_ARGUMENT', 'caller', 'An input that the model needs was not sent.'],
  DH_INPUT_KIND_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The input is of another kind (table, signal, image, tensor, …) than the model declares.',
  ],
  DH_MEDIA_TYPE_UNSUPPORTED: [
    'INVALID_ARGUMENT',
    'caller',
    'The model, or the binding of an adapter, does not accept this media type.',
  ],
  DH_MEDIA_UNREADABLE: [
    'INVALID_ARGUMENT',
    'caller',
    'The file could not be decoded as its media type says, or is larger than the model allows.',
  ],
  DH_MODALITY_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The DICOM file is of another modality than the model was made for, or states none.',
  ],
  DH_ORIENTATION_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The rows and columns of the DICOM image do not point to where the manifest says, or the file does not state to where they do.',
  ],
  DH_SPACING_OUT_OF_RANGE: [
    'INVALID_ARGUMENT',
    'caller',
    'The distance between the pixels lies outside the range that the manifest declares, or nobody states it. Resample the image, or send its grid.',
  ],
  DH_GRID_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The grid of an image or volume is absent where it is needed, incomplete or impossible. The message names the field.',
  ],
  DH_GRID_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The grid of an image is not the one that its file states, or not that of another image of the request that it must lie on, or that of a volume has another spacing or orientation than the model takes. Nothing is chosen, turned or resampled silently.',
  ],
  DH_SERIES_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The DICOM files are not one volume: slices are missing, lie on each other, or differ in series, size, orientation or frame of reference. The message says which.',
  ],
  DH_TENSOR_DATATYPE_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The tensor has another element type than the model declares.',
  ],
  DH_TENSOR_SHAPE_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'Rank or extents of the tensor are not those that the model declares.',
  ],
  DH_TENSOR_SHAPE_OVERFLOW: [
    'INVALID_ARGUMENT',
    'caller',
    'The product of the extents is larger than the server allows.',
  ],
  DH_TENSOR_SIZE_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The byte count is not the product of the extents times the element size.',
  ],
  DH_TENSOR_CONTENT_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The bytes are not valid elements of the type: a BOOL other than 0 or 1, an integer outside its type, or both raw and typed contents.',
  ],
  DH_VALUE_NOT_FINITE: ['INVALID_ARGUMENT', 'caller', 'NaN or infinity where the model does not allow it.'],
  DH_VALUE_OUT_OF_RANGE: [
    'INVALID_ARGUMENT',
    'caller',
    'A value lies outside the valid range that the manifest declares. Check the unit first.',
  ],
  DH_INPUT_UNLIKE_TRAINING: [
    'INVALID_ARGUMENT',
    'caller',
    'The prepared input does not look like what the model was trained on, by the limits that the manifest declares, and the manifest says to refuse it. Check that it is the right kind of input, from the right kind of device.',
  ],
  DH_VALUE_MISSING: [
    'INVALID_ARGUMENT',
    'caller',
    'The value is marked missing and the manifest gives no rule to replace it.',
  ],
  DH_COLUMN_UNKNOWN: ['INVALID_ARGUMENT', 'caller', 'The model declares no column of this name.'],
  DH_COLUMN_DUPLICATE: ['INVALID_ARGUMENT', 'caller', 'The same column was sent twice.'],
  DH_COLUMN_MISSING: [
    'INVALID_ARGUMENT',
    'caller',
    'A column that the model needs was not sent. If the value is unknown, send it as missing.',
  ],
  DH_COLUMN_TYPE_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The column is of another type (number, category, boolean) than the manifest declares.',
  ],
  DH_CATEGORY_UNKNOWN: ['INVALID_ARGUMENT', 'caller', 'The category is not one that the manifest lists.'],
  DH_UNIT_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The unit is not the one that the manifest declares. Nothing is converted silently: convert it and send it again.',
  ],
  DH_SIGNAL_CHANNEL_MISSING: ['INVALID_ARGUMENT', 'caller', 'A channel that the model needs is not in the signal.'],
  DH_SIGNAL_CHANNEL_DUPLICATE: [
    'INVALID_ARGUMENT',
    'caller',
    'The same channel was sent twice, or under two of its names.',
  ],
  DH_SIGNAL_UNIT_MISMATCH: ['INVALID_ARGUMENT', 'caller', 'A channel is in another unit than the manifest declares.'],
  DH_SIGNAL_RATE_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The sampling rate is not the one that the model was trained at.',
  ],
  DH_SIGNAL_FLAT: [
    'INVALID_ARGUMENT',
    'caller',
    'A channel hardly varies, as when a lead is off. The model would answer, but about nothing. Check the recording.',
  ],
  DH_SIGNAL_LENGTH_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The signal has fewer or more samples than the model takes.',
  ],
  DH_TOKEN_UNKNOWN: [
    'INVALID_ARGUMENT',
    'caller',
    'The vocabulary of the model lacks a token, and the manifest says that it is refused; or a token id lies outside the vocabulary. The message says which by its place.',
  ],
  DH_TOKEN_COUNT_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The text or the list has fewer or more tokens than the model takes. Nothing is cut off silently.',
  ],
  DH_REFERENCE_NOT_ALLOWED: [
    'PERMISSION_DENIED',
    'caller',
    'The server resolves references only through resolvers that its operator has allowed. Send the data itself.',
  ],
  DH_REFERENCE_DIGEST_MISMATCH: [
    'FAILED_PRECONDITION',
    'caller',
    'The content behind the reference is not the one that was announced.',
  ],
  DH_OUTPUT_UNKNOWN: ['INVALID_ARGUMENT', 'caller', 'The model declares no output of this name.'],
  DH_OUTPUT_DUPLICATE: ['INVALID_ARGUMENT', 'caller', 'The same output was asked for twice.'],
  DH_PARAMETER_UNSUPPORTED: [
    'INVALID_ARGUMENT',
    'caller',
    'A request parameter is reserved or not supported by this server.',
  ],
  DH_PARAMETER_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A parameter of the request has the wrong type or a value that is not allowed. The message names it and says what is.',
  ],
  DH_SELECTION_EMPTY: [
    'INVALID_ARGUMENT',
    'caller',
    "A step of the pipeline keeps the rows that pass a mask, and none of this input's rows did, so there is nothing to answer from. Check that the input shows what the model is made for.",
  ],
  DH_SEQUENCE_ID_MISSING: [
    'INVALID_ARGUMENT',
    'caller',
    'The model keeps state between the items of a sequence; the request must say which sequence it belongs to.',
  ],
  DH_SEQUENCE_UNKNOWN: [
    'FAILED_PRECONDITION',
    'caller',
    'No sequence of this id is open: it was never started, has ended, or was idle too long. Start a new one; its first items must be sent again.',
  ],
  DH_SEQUENCE_OPEN: [
    'FAILED_PRECONDITION',
    'caller',
    'A sequence of this id was open already: two senders use one id, or its end was never sent. It is lost, so that two recordings cannot mix. Start again, under an id of your own.',
  ],
  DH_SEQUENCE_LOST: [
    'ABORTED',
    'runtime',
    'An earlier item of the sequence failed, or the model was replaced, so the state no longer follows from the items. Start the sequence again from its first item.',
  ],
  DH_SEQUENCE_LIMIT: [
    'RESOURCE_EXHAUSTED',
    'runtime',
    'As many sequences are open as the model may hold. End one, or wait until an idle one times out.',
    'retryable',
  ],
  DH_SHARED_MEMORY_DISABLED: [
    'UNIMPLEMENTED',
    'runtime',
    'Shared memory between client and server is off. Send the tensors in the message, or turn the setting "sharedMemory" on for clients of this machine that you trust.',
  ],
  DH_SHARED_MEMORY_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The shared-memory region is not registered, is registered already, does not exist, or is too small for what it should hold. The message names the region.',
  ],
  DH_ITEM_ID_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A stream item needs an id of 1 to 128 printable ASCII characters.',
  ],
  DH_ITEM_ID_DUPLICATE: ['INVALID_ARGUMENT', 'caller', 'An unanswered item of the stream already has this id.'],
  DH_STREAM_LIMIT_EXCEEDED: [
    'RESOURCE_EXHAUSTED',
    'caller',
    'More items are unanswered than the stream allows. Wait for results before you send more.',
    'retryable',
  ],
  DH_FEATURE_UNSUPPORTED: [
    'UNIMPLEMENTED',
    'caller',
    'This server or model does not offer the feature. GetServerInfo lists what it offers.',
  ],
  DH_QUEUE_FULL: [
    'RESOURCE_EXHAUSTED',
    'runtime',
    'Too many requests wait for this model. Try again after the time in RetryInfo.',
    'retryable',
  ],
  DH_MESSAGE_TOO_LARGE: [
    'RESOURCE_EXHAUSTED',
    'caller',
    'The message is larger than the server accepts; GetServerInfo gives the limit.',
  ],
  DH_DEADLINE_EXCEEDED: [
    'DEADLINE_EXCEEDED',
    'caller',
    'The deadline of the call passed before the result was there. Nothing more is computed for it.',
    'retryable',
  ],
  DH_CANCELLED: ['CANCELLED', 'caller', 'The caller cancelled the call.'],
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
  // Adapters
  DH_BINDING_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'The adapter has no binding of this id. ListBindings names those that it has.',
  ],
  DH_CALLER_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'caller',
    'The caller did not prove who it is in the way that the platform demands. The answer says no more.',
  ],
  // Clinical decision support (CDS Hooks)
  DH_CDS_REQUEST_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The body of the call is not JSON, or a field that CDS Hooks requires is absent or of the wrong form. The message names the field.',
  ],
  DH_CDS_HOOK_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The service was called by another hook than discovery lists for it. Call it by its own hook.',
  ],
  DH_CDS_SERVICE_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'There is no such address, or no CDS service of this id. GET cds-services lists the services.',
  ],
  DH_CDS_METHOD_NOT_ALLOWED: [
    'UNIMPLEMENTED',
    'caller',
    'The address exists and does not answer this HTTP method; the header Allow names those it answers.',
  ],
  DH_CDS_MEDIA_TYPE_UNSUPPORTED: [
    'INVALID_ARGUMENT',
    'caller',
    'CDS Hooks speaks JSON only. Send the body as application/json in UTF-8, not compressed.',
  ],
  DH_CDS_DATA_MISSING: [
    'FAILED_PRECONDITION',
    'platform',
    'Data of the patient that the service needs was neither sent as prefetch nor readable from the FHIR server, or is not usable: too old, out of range, or of an unknown unit. The OperationOutcome names prefetch key, column and codes. Nothing is guessed.',
  ],
  DH_CDS_PATIENT_MISMATCH: [
    'INVALID_ARGUMENT',
    'platform',
    'A resource of the call is about another patient than context.patientId. Nothing was computed: look at the prefetch of the platform.',
  ],
  DH_CDS_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'caller',
    "The caller did not prove who it is. The answer says no more; the reason is in the operator's log.",
  ],
  DH_CDS_ORIGIN_REFUSED: [
    'PERMISSION_DENIED',
    'caller',
    'A web page of an origin that the operator has not listed called the service. Add the origin to "allowedOrigins" if the page may.',
  ],
  DH_CDS_OVERLOADED: [
    'RESOURCE_EXHAUSTED',
    'platform',
    'More calls are under way than the service answers in time. Ask again after the time in Retry-After; a card that comes late is never sent.',
    'retryable',
  ],
  DH_CDS_SERVICE_OFF: [
    'UNAVAILABLE',
    'platform',
    'The operator has switched this CDS service off. No call is answered with a card until it is switched on again.',
    'retryable',
  ],
  DH_CDS_BINDING_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'bindings/cds-hooks.json breaks its schema, contradicts itself or does not fit the manifest. The message names the place as a JSON pointer.',
  ],
  // Client, configuration
  DH_REMOTE_UNAVAILABLE: [
    'UNAVAILABLE',
    'platform',
    'The inference server that runs this model does not answer, or failed so often that it gets a pause. Look at that server; the request may be sent again.',
    'retryable',
  ],
  DH_REMOTE_FAILED: [
    'INTERNAL',
    'platform',
    'The inference server that runs this model refused or failed a request that we had checked. Its log says why.',
  ],
  DH_REMOTE_MISMATCH: [
    'FAILED_PRECONDITION',
    'platform',
    'The inference server serves a model whose tensors are not those of the manifest, or answered in a form that the protocol does not allow. Deploy the model that the package was written for.',
  ],
  DH_REMOTE_NOT_CONFIGURED: [
    'FAILED_PRECONDITION',
    'runtime',
    'The package says that another inference server runs the model, and the configuration names no address for it. Add it under "remotes".',
  ],
  DH_CONNECT_FAILED: [
    'UNAVAILABLE',
    'platform',
    'No server answered at the address in time. Check that it runs and that the address is right.',
    'retryable',
  ],
  DH_RESPONSE_INVALID: ['INTERNAL', 'platform', 'The server answered something that breaks the contract.'],
  DH_CONTRACT_VERSION_UNSUPPORTED: [
    'UNIMPLEMENTED',
    'platform',
    'Client and server share no major version of the contract; the message names both.',
  ],
  DH_CONFIG_INVALID: ['FAILED_PRECONDITION', 'runtime', 'A setting is missing or wrong. The message names it.'],
  DH_INSECURE_BIND_REFUSED: [
    'FAILED_PRECONDITION',
    'runtime',
    'The server leaves loopback only with TLS and authentication, or with --insecure-i-know.',
  ],
  DH_PORT_IN_USE: [
    'FAILED_PRECONDITION',
    'runtime',
    'Another program listens on the port. Choose another one, or 0 for a free one.',
  ],
  DH_STORE_UNREADABLE: ['FAILED_PRECONDITION', 'runtime', 'The model store is not a folder that can be read.'],
  DH_SERVER_STOPPING: ['UNAVAILABLE', 'runtime', 'The server is shutting down and takes no new work.', 'retryable'],
  DH_INTERNAL: ['INTERNAL', 'runtime', 'A fault of this software. The log holds the details under the request id.'],
} as const satisfies Record<`DH_${string}`, Row>;

/** Every error code of the product. */
export type ErrorCode = keyof typeof rows;

/** The one catalogue of errors. */
export const ERROR_CATALOG: Readonly<Record<ErrorCode, CatalogEntry>> = Object.freeze(
  Object.fromEntries(
    Object.entries(rows).map(([code, row]) => {
      const [grpc, source, docs, retryable] = row as Row;
      return [code, { grpc, source, docs, retryable: retryable === 'retryable' }];
    }),
  ) as Record<ErrorCode, CatalogEntry>,
);

/** All codes, in catalogue order. */
export const ERROR_CODES = Object.keys(ERROR_CATALOG) as readonly ErrorCode[];

/** True if the text is a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}
