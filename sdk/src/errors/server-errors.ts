import type { CatalogRow } from './catalog-row.js';

/** Other servers, clients and the configuration. */
export const SERVER_ERRORS = {
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
} as const satisfies Record<`DH_${string}`, CatalogRow>;
