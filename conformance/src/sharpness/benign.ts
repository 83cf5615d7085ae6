import { setTimeout } from 'node:timers/promises';
import { decodeStatusDetails, encodeStatusDetails } from '@deephealth/proto';
import type { RawTensor } from '@deephealth/sdk';
import { ResponderBuilder, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { WrittenModel } from '../models/write-models.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import { type RunningServer, type ServeOptions, serveReference } from '../reference/serve-reference.js';
import type { ServedModel } from '../reference/served-model.js';
import { BENIGN_LATENCY_MS } from '../run/timeouts.js';
import { splitting } from './splitting-proxy.js';

type Runtime = typeof ReferenceRuntime;
type Service = ReturnType<ReferenceRuntime['service']>;

/** What keeps the contract in another way than the reference: every case must pass. */
export interface BenignVariant {
  /** `B-<NN>`. */
  readonly id: string;
  readonly title: string;
  readonly serve: (models: readonly WrittenModel[]) => Promise<RunningServer>;
}

function variant(
  id: string,
  title: string,
  of: (Reference: Runtime) => Runtime,
  options: ServeOptions = {},
): BenignVariant {
  const Variant = of(ReferenceRuntime);
  return { id, title, serve: (models) => serveReference(new Variant(models), options) };
}

const DETAILS_KEY = 'grpc-status-details-bin';
/** Field 1950, a text. */
const UNKNOWN_FIELD = Buffer.concat([Buffer.from([0xf2, 0x79, 5]), Buffer.from('later')]);

/** Adds headers that nobody asked for. */
const moreMetadata: ServerInterceptor = (_, call) =>
  new ServerInterceptingCall(
    call,
    new ResponderBuilder()
      .withSendMetadata((metadata, next) => {
        metadata.set('x-request-cost', '7');
        metadata.set('x-trace-bin', Buffer.from([1, 2, 3]));
        next(metadata);
      })
      .build(),
  );

/** Every answer with a field that this contract does not hold. */
function moreFields(service: Service): Service {
  const methods = Object.entries(service).map(([name, method]) => {
    const serialize = method.responseSerialize as (response: unknown) => Buffer;
    return [
      name,
      { ...method, responseSerialize: (response: unknown) => Buffer.concat([serialize(response), UNKNOWN_FIELD]) },
    ];
  });
  return Object.fromEntries(methods) as Service;
}

/** The lowest bit of every second number of a FP32 tensor turned round: the same for the same values. */
function noisy(tensor: RawTensor): RawTensor {
  if (tensor.dataType !== 'FP32') return tensor;
  const data = Buffer.from(tensor.data);
  for (let at = 4; at < data.length; at += 8) {
    const value = data.readFloatLE(at);
    if (Number.isFinite(value) && value !== 0) data[at] = (data[at] ?? 0) ^ 1;
  }
  return { ...tensor, data };
}

export const BENIGN_VARIANTS: readonly BenignVariant[] = [
  variant(
    'B-01',
    'says errors in other words',
    (R) =>
      class extends R {
        override failure(thrown: unknown) {
          return { ...super.failure(thrown), details: 'Das geht so nicht.' };
        }
      },
  ),
  variant(
    'B-02',
    'takes longer, now and then',
    (R) =>
      class extends R {
        #runs = 0;
        override async wait(...[runMs, signal]: Parameters<ReferenceRuntime['wait']>) {
          this.#runs += 1;
          return super.wait(this.#runs % 4 === 0 ? runMs + BENIGN_LATENCY_MS : runMs, signal);
        }
      },
  ),
  variant(
    'B-03',
    'gives what has no order in another one',
    (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, features: [...(info.features ?? [])].reverse() };
        }
        override list(name: string) {
          return super.list(name).reverse();
        }
        override respond(...given: Parameters<ReferenceRuntime['respond']>) {
          const response = super.respond(...given);
          return { ...response, warnings: [...(response.warnings ?? [])].reverse() };
        }
      },
  ),
  variant(
    'B-04',
    'adds metadata, and fields that this contract does not hold',
    (R) =>
      class extends R {
        override service() {
          return moreFields(super.service());
        }
      },
    { interceptors: [moreMetadata] },
  ),
  {
    id: 'B-05',
    title: 'sends its bytes in other pieces',
    serve: async (models) => splitting(await serveReference(new ReferenceRuntime(models))),
  },
  variant(
    'B-06',
    'completes what runs at the same time in another order',
    (R) =>
      class extends R {
        #runs = 0;
        override async run(...given: Parameters<ReferenceRuntime['run']>) {
          this.#runs += 1;
          await setTimeout((this.#runs * 7) % 12);
          return super.run(...given);
        }
      },
  ),
  variant(
    'B-07',
    'rounds the last bit otherwise',
    (R) =>
      class extends R {
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          if (served.model.numericClass === 'exact') return all;
          return Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, noisy(tensor)]));
        }
      },
  ),
  variant(
    'B-08',
    'offers what nobody asks for',
    (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return {
            ...info,
            features: [...(info.features ?? []), 'priorities', 'conformance-extra'],
            executionProviders: ['cpu', 'another'],
          };
        }
      },
  ),
  variant('B-09', 'listens on IPv6', (R) => R, { host: '[::1]' }),
  variant(
    'B-10',
    'says more of an error',
    (R) =>
      class extends R {
        override failure(thrown: unknown) {
          const failure = super.failure(thrown);
          const [bytes] = failure.metadata.get(DETAILS_KEY);
          const details = bytes instanceof Buffer ? decodeStatusDetails(bytes) : undefined;
          if (details === undefined) return failure;
          const { errorInfo } = details;
          const metadata = failure.metadata.clone();
          metadata.set(
            DETAILS_KEY,
            encodeStatusDetails({
              ...details,
              errorInfo: { ...errorInfo, metadata: { ...errorInfo.metadata, hint: 'see the manual' } },
              retryAfterMs: 1500,
            }),
          );
          return { ...failure, metadata };
        }
      },
  ),
];
