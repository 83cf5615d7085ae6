import type { Caller } from '../access/caller.js';
import { callerOf } from '../access/grpc-access.js';
import { assertPermitted, maySeeModel, type Permission } from '../access/permissions.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { textField, type WireField, wireFields } from './wire-fields.js';

/**
 * What stands between a caller and the runtime behind an adapter. The runtime sees the adapter's own key, so what the
 * caller's rules say of models and tenants has to be kept here. Messages stay the bytes that they are.
 */
export interface ForwardGuard {
  /** @throws DH_PERMISSION_DENIED, DH_UNAUTHENTICATED, DH_FEATURE_UNSUPPORTED, DH_REQUEST_MALFORMED */
  admit(request: Buffer): void;
  /** What the caller may see of a message of the runtime; undefined: nothing of it. */
  show(response: Buffer): Buffer | undefined;
}

/** For a face that asks nobody. */
export const UNGUARDED: ForwardGuard = { admit: () => undefined, show: (response) => response };

const NAME = 1;
const PREDICT_MODEL_NAME = 2;
const PREDICT_SEQUENCE = 8;
const STREAM_REQUEST = 2;
const MODELS = 1;

type Admission = (caller: Caller, request: Buffer) => void;

const named =
  (permission: Permission): Admission =>
  (caller, request) =>
    assertModel(caller, permission, textField(request, NAME));

const ADMISSIONS: Readonly<Record<string, Admission>> = {
  GetModel: named('models.read'),
  LoadModel: named('models.control'),
  UnloadModel: named('models.control'),
  VerifyModel: named('models.control'),
  Predict: admitPredict,
  // Of two requests in one message a reader merges the fields, so that each of them has to be allowed.
  PredictStream: (caller, item) => {
    for (const { number, content } of wireFields(item)) {
      if (number === STREAM_REQUEST) admitPredict(caller, content ?? Buffer.alloc(0));
    }
  },
  GetServerInfo: () => undefined,
  // What they say is looked at on its way back.
  ListModels: () => undefined,
  WatchModels: () => undefined,
};

/**
 * The guard of one call.
 *
 * @param method name of the method, as in "Predict"
 * @param metadata of the call, by which its caller is known
 */
export function guardOf(method: string, metadata: object): ForwardGuard {
  const caller = callerOf(metadata);
  if (caller === undefined) {
    const refuse = () => {
      throw new DeepHealthError('DH_UNAUTHENTICATED', 'The call was not recognised.');
    };
    return { admit: refuse, show: refuse };
  }
  const admission = ADMISSIONS[method];
  const isFree = caller.models === undefined && caller.tenantModels === undefined && caller.tenant === '';
  const assertCurrent = () => {
    if (caller.isCurrent?.() !== false) return;
    throw new DeepHealthError(
      'DH_UNAUTHENTICATED',
      'The key or token that the stream was opened with has expired or was withdrawn. Open a new one.',
    );
  };
  return {
    admit(request) {
      assertCurrent();
      if (admission === undefined) return assertPermitted(caller, 'unlisted');
      // Nothing that the message may say is closed to this caller.
      if (!isFree) admission(caller, request);
    },
    show(response) {
      if (method !== 'WatchModels' && method !== 'ListModels') return response;
      assertCurrent();
      if (isFree) return response;
      const shown = visible(caller, response);
      // An empty list is news, a change that is nobody's is none.
      return shown.length === 0 && method === 'WatchModels' ? undefined : shown;
    },
  };
}

function admitPredict(caller: Caller, request: Uint8Array): void {
  assertModel(caller, 'predict', textField(request, PREDICT_MODEL_NAME));
  if (caller.tenant === '') return;
  for (const { number } of wireFields(request)) {
    if (number !== PREDICT_SEQUENCE) continue;
    // Behind the adapter, sequences of all its callers are the adapter's own.
    throw new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      'Callers of a tenant have no sequences through an adapter, which would not keep those of two tenants apart. Ask the runtime itself.',
      { details: { field: 'sequence_context' } },
    );
  }
}

/** Names of models are ASCII; another text is one that two readers may take for two names. */
function assertModel(caller: Caller, permission: Permission, name: string): void {
  assertPermitted(caller, permission, /^[\x20-\x7e]*$/.test(name) ? name : '');
}

/** Without the summaries of models that the caller may not see. */
function visible(caller: Caller, response: Buffer): Buffer {
  const fields = [...wireFields(response)];
  const shown = fields.filter((field) => field.number !== MODELS || isVisible(caller, field));
  if (shown.length === fields.length) return response;
  return Buffer.concat(shown.map(({ start, end }) => response.subarray(start, end)));
}

function isVisible(caller: Caller, { content = new Uint8Array(0) }: WireField): boolean {
  return maySeeModel(caller, textField(content, NAME));
}
