import { type Caller, DeepHealthError, maySeeModel } from '@deephealth/sdk';
import type { IncomingCall, KnownCaller } from '../../reference/reference-access.js';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { type Access, ANYBODY, asks } from './access-mutant.js';
import type { Mutant, Runtime } from './mutant.js';

type Run<T> = (caller: KnownCaller | undefined) => Promise<T>;

const STREAMS = ['PredictStream', 'WatchModels'];
const OF_OIP = ['ServerMetadata', 'ModelReady', 'ModelMetadata', 'ModelInfer'];

/** Asks nobody where `isOpen` says so. */
const open = (isOpen: (call: IncomingCall) => boolean) => (A: Access) =>
  class extends A {
    override async authorize(call: IncomingCall) {
      return isOpen(call) ? ANYBODY : super.authorize(call);
    }
  };

/** What an error says changes; what it is stays. */
const says =
  (change: (error: DeepHealthError, call: IncomingCall) => DeepHealthError) =>
  (R: Runtime): Runtime =>
    class extends R {
      override async guard<T>(call: IncomingCall, run: Run<T>): Promise<T> {
        try {
          return await super.guard(call, run);
        } catch (thrown) {
          throw change(DeepHealthError.from(thrown), call);
        }
      }
    };

/** Runtimes that let callers do, or learn, what they may not. */
export const RIGHTS_MUTANTS: readonly Mutant[] = [
  asks(
    'M-SEC-27',
    'asks for a token only where something is predicted',
    open(({ rpc }) => rpc !== 'Predict'),
  ),
  {
    id: 'M-SEC-29',
    title: 'does what it was asked for, and refuses it then',
    of: (R) =>
      class extends R {
        override async guard<T>(call: IncomingCall, run: Run<T>): Promise<T> {
          // Over HTTP, what was done is the answer already.
          if (call.query !== undefined) return super.guard(call, run);
          const done = await run(ANYBODY);
          return super.guard(call, async () => done);
        }
      },
  },
  {
    id: 'M-SEC-30',
    title: 'repeats a wrong token in its refusal',
    of: says(
      ({ code, message }, { authorization = '' }) => new DeepHealthError(code, `${message} Got "${authorization}".`),
    ),
  },
  asks(
    'M-SEC-31',
    'asks for no token where answers are streamed',
    open(({ rpc }) => STREAMS.includes(rpc)),
  ),
  asks(
    'M-SEC-33',
    'asks for no token over the Open Inference Protocol',
    open(({ rpc }) => OF_OIP.includes(rpc)),
  ),
  asks(
    'M-SEC-34',
    'asks for no token over HTTP',
    open(({ query }) => query !== undefined),
  ),
  asks(
    'M-SEC-52',
    'asks for no role',
    (A) =>
      class extends A {
        override permit(caller: Caller, rpc: string, model: string | undefined) {
          super.permit({ ...caller, roles: ['admin'] }, rpc, model);
        }
      },
  ),
  asks(
    'M-SEC-53',
    'takes a caller without a role for an administrator',
    (A) =>
      class extends A {
        override rolesOf(claim: unknown): Caller['roles'] {
          const roles = super.rolesOf(claim);
          return roles.length === 0 && claim === undefined ? ['admin'] : roles;
        }
      },
  ),
  asks(
    'M-SEC-54',
    'takes a role that it does not know for an administrator',
    (A) =>
      class extends A {
        override rolesOf(claim: unknown): Caller['roles'] {
          const roles = super.rolesOf(claim);
          return roles.length === 0 && claim !== undefined ? ['admin'] : roles;
        }
      },
  ),
  asks(
    'M-SEC-55',
    'lets whoever may ask models load and unload them',
    (A) =>
      class extends A {
        override permit(caller: Caller, rpc: string, model: string | undefined) {
          const isControl = ['LoadModel', 'UnloadModel', 'VerifyModel'].includes(rpc);
          super.permit(caller, isControl ? 'Predict' : rpc, model);
        }
      },
  ),
  asks(
    'M-SEC-56',
    'asks for a role over gRPC only',
    (A) =>
      class extends A {
        override async authorize(call: IncomingCall) {
          if (call.query === undefined || this.isOpen(call.rpc)) return super.authorize(call);
          const caller = await this.authenticate(call);
          this.permit({ ...caller, roles: ['admin'] }, call.rpc, call.model);
          return caller;
        }
      },
  ),
  {
    id: 'M-SEC-57',
    title: 'tells a model that is hidden from one that is not there',
    of: (R) =>
      class extends R {
        override async guard<T>(call: IncomingCall, run: Run<T>): Promise<T> {
          return super.guard(isKnown(this, call) ? call : { ...call, model: undefined }, run);
        }
      },
  },
  asks(
    'M-SEC-58',
    'heeds the rule of models only where something is predicted',
    (A) =>
      class extends A {
        override permit(caller: Caller, rpc: string, model: string | undefined) {
          super.permit(caller, rpc, ['Predict', 'PredictStream', 'ModelInfer'].includes(rpc) ? model : undefined);
        }
      },
  ),
  asks(
    'M-SEC-59',
    'heeds no rule of models for the items of a stream',
    (A) =>
      class extends A {
        override permitItem(caller: KnownCaller) {
          this.checkUntil(caller);
        }
      },
  ),
  asks(
    'M-SEC-60',
    'lists every model to everybody',
    (A) =>
      class extends A {
        override isListed() {
          return true;
        }
      },
  ),
  asks(
    'M-SEC-61',
    'takes a name in the rule of models for the start of one, or a piece of it',
    (A) =>
      class extends A {
        override maySee(caller: Caller, model: string) {
          return maySeeModel(caller, model) || caller.models?.some((one) => model.includes(one)) === true;
        }
      },
  ),
  {
    id: 'M-SEC-62',
    title: 'looks for the model before it asks who calls',
    of: (R) =>
      class extends R {
        override async guard<T>(call: IncomingCall, run: Run<T>): Promise<T> {
          if (!isKnown(this, call)) this.find(call.model ?? '', '');
          return super.guard(call, run);
        }
      },
  },
  {
    id: 'M-SEC-63',
    title: 'says whose token it refuses',
    of: says(({ code, message }, { authorization = '' }) => {
      const [, payload = ''] = authorization.split('.');
      const { sub } = /^e/.test(payload)
        ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string })
        : {};
      return new DeepHealthError(code, sub === undefined ? message : `${message} The token is of ${sub}.`);
    }),
  },
  asks(
    'M-SEC-64',
    'asks for a token where its health is asked for',
    (A) =>
      class extends A {
        override isOpen() {
          return false;
        }
      },
  ),
  asks(
    'M-SEC-77',
    'knows a sequence by its id, whosever it is',
    (A) =>
      class extends A {
        override sequenceKey(_tenant: string, sequenceId: string) {
          return sequenceId;
        }
      },
  ),
  {
    id: 'M-SEC-78',
    title: 'gives no reason with a refusal',
    of: (R) =>
      class extends R {
        override failure(thrown: unknown) {
          const failure = super.failure(thrown);
          failure.metadata.remove('grpc-status-details-bin');
          return failure;
        }
      },
  },
  {
    id: 'M-SEC-79',
    title: 'does not say over HTTP how a caller makes itself known',
    of: (R) =>
      class extends R {
        override httpRefusal(thrown: unknown) {
          return { ...super.httpRefusal(thrown), headers: {} };
        }
      },
  },
];

function isKnown(runtime: ReferenceRuntime, { model }: IncomingCall): boolean {
  return model === undefined || model === '' || runtime.models.some((served) => served.model.name === model);
}
