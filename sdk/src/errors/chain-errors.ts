import type { CatalogRow } from './catalog-row.js';

/** Processing chains as jobs. */
export const CHAIN_ERRORS = {
  DH_CHAIN_BINDING_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'bindings/processing-chain.json breaks its schema, contradicts itself, or does not fit the manifest. The message names the place as a JSON pointer.',
  ],
  DH_CHAIN_REQUEST_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A request for a run cannot be taken: an input is missing, a parameter is unknown or out of its limits, or a name leaves the folder of the run. The detail "field" names what, the message what was expected.',
  ],
  DH_CHAIN_INPUT_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'An input of a run is not what the chain takes: another media type, too large, empty, or no file. The message names the item by its place in the order of the inputs.',
  ],
  DH_CHAIN_INPUT_CHANGED: [
    'ABORTED',
    'platform',
    'An input does not have the checksum that the request states, or a staged file is not what was staged. Nothing was computed from it: send it again.',
  ],
  DH_DEIDENTIFICATION_REFUSED: [
    'FAILED_PRECONDITION',
    'caller',
    'An input may still identify a person and cannot be cleaned by rule: burned-in annotation, an unknown format or compression, a picture of a label. The message names the item and the reason, never the value. Clean it with a tool made for it.',
  ],
  DH_WORKFLOW_UNSUPPORTED: [
    'INVALID_ARGUMENT',
    'caller',
    'The service runs the chains of its packages and nothing else: the workflow, its type, version or engine parameter is none of them. GET service-info, or GET processes, lists what there is.',
  ],
  DH_RUN_NOT_FOUND: ['NOT_FOUND', 'caller', 'There is no such run, or it is not one of this caller.'],
  DH_RUN_NOT_COMPLETE: [
    'FAILED_PRECONDITION',
    'caller',
    'The run has no results: it has not ended, or ended otherwise than complete. Its state says which.',
  ],
  DH_ARTEFACT_NOT_FOUND: ['NOT_FOUND', 'caller', 'The run has no artefact of this name.'],
  DH_RUN_CONFLICT: [
    'ABORTED',
    'caller',
    'The idempotency key was used for another request. Nothing was begun: take a new key, or send the request as it was.',
  ],
  DH_RUN_QUOTA_EXCEEDED: [
    'RESOURCE_EXHAUSTED',
    'caller',
    'The caller has as many runs, or as many bytes, as the operator allows. Wait for runs to end, or delete old ones.',
    'retryable',
  ],
  DH_RUN_CANCELED: [
    'CANCELLED',
    'caller',
    'The run was cancelled before it ended. Parts that were done are kept, and no result is made of them.',
  ],
  DH_CALLBACK_REFUSED: [
    'PERMISSION_DENIED',
    'caller',
    'A callback may only go to a host that the operator has listed, over https or to loopback.',
  ],
  DH_CHUNK_FAILED: [
    'INTERNAL',
    'runtime',
    'A task of a run ended without its part, by an exit code or a signal. The task of the run says which; the operator finds more in its log.',
  ],
  DH_CHUNK_TIMEOUT: [
    'FAILED_PRECONDITION',
    'model',
    'A task took longer than the chain allows (resources.timeLimitS). Make chunks smaller, or raise the limit in the binding.',
  ],
  DH_CHUNK_OUT_OF_MEMORY: [
    'FAILED_PRECONDITION',
    'model',
    'A task needed more memory than the chain allows (resources.ramMiB). Make chunks smaller, or raise the limit in the binding.',
  ],
  DH_BACKEND_UNAVAILABLE: [
    'UNAVAILABLE',
    'platform',
    'The engine that does the tasks cannot be asked, or its command is not there. The run is kept and tried again.',
    'retryable',
  ],
  DH_BACKEND_NODE_FAILED: [
    'UNAVAILABLE',
    'platform',
    'The machine of a task failed, and the engine did not begin it anew. Submit the run again.',
    'retryable',
  ],
  DH_RUN_STORE_INVALID: [
    'FAILED_PRECONDITION',
    'runtime',
    'The journal of a run is damaged before its end, or its folder is not what the journal says. The run is not continued: restore its folder, or submit it again.',
  ],
  DH_RESULT_DIFFERS: [
    'FAILED_PRECONDITION',
    'runtime',
    'A repeated run or task gave other bytes than the first one. Neither is to be trusted until it is known why: another engine, provider or machine rounds otherwise.',
  ],
} as const satisfies Record<`DH_${string}`, CatalogRow>;
