import type { CatalogRow } from './catalog-row.js';

/** What a caller sent. */
export const REQUEST_ERRORS = {
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
} as const satisfies Record<`DH_${string}`, CatalogRow>;
