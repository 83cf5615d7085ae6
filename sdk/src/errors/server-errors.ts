import type { CatalogRow } from './catalog-row.js';

/** Other servers, clients and the configuration. */
export const SERVER_ERRORS = {
  // Access
  DH_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'caller',
    'The server does not know who calls: no key, token or certificate came, or one that it does not accept, has expired or was used already. Send a valid one; the operator of the server hands them out.',
  ],
  DH_PERMISSION_DENIED: [
    'PERMISSION_DENIED',
    'caller',
    'The caller is known and may not do this, or not with this model. The operator of the server gives roles and models to callers.',
  ],

  // Audit
  DH_AUDIT_UNAVAILABLE: [
    'UNAVAILABLE',
    'runtime',
    'The server cannot write its audit records, as on a full disk, and answers nothing that it cannot record. Its log says why; it goes on by itself once writing works again. The request may be sent again.',
    'retryable',
  ],
  DH_AUDIT_LOCKED: [
    'FAILED_PRECONDITION',
    'runtime',
    'Another process writes to the audit folder. Give each server a state folder of its own ("stateFolder"), or stop the other one.',
  ],
  DH_AUDIT_UNREADABLE: [
    'FAILED_PRECONDITION',
    'runtime',
    'The audit folder is not there, holds no segment, or has no record of that number. Check the folder and the number.',
  ],
  DH_AUDIT_REPLAY_IMPOSSIBLE: [
    'FAILED_PRECONDITION',
    'runtime',
    'The record cannot be replayed: it is no inference, depends on the items before it, or its model version or package is not there. The message says which.',
  ],

  // Console
  DH_CONSOLE_ITEM_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'The console has nothing of this name: no such example, report or path.',
  ],

  // Isolation
  DH_ISOLATION_UNAVAILABLE: [
    'FAILED_PRECONDITION',
    'runtime',
    'The configuration asks for model hosts that are isolated, or run as another user, and this machine cannot do it. The message says what is missing.',
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
} as const satisfies Record<`DH_${string}`, CatalogRow>;
